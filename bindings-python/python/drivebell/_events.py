from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from ._errors import StateError
from ._handlers import Handlers
from ._native import Lifecycle, Notification
from ._waiting import Source, next_of

T_co = TypeVar("T_co", covariant=True)


class EventIterator(AsyncIterator[T_co]):
    """What a session hands out, in order. Cancelling a wait loses nothing: an event is taken only
    when it is returned."""

    def __init__(self, native: Source[Notification | Lifecycle], handlers: Handlers) -> None:
        self._native = native
        self._handlers = handlers
        self._handling: asyncio.Task[None] | None = None
        # Another function while something else comes first: of a burst, to ask for each event
        # whether that is so would take a good part of what is done for it.
        self._take: Callable[[], Notification | Lifecycle | None] = native.try_next

    async def __anext__(self) -> T_co:
        event = self._take()
        # As a rule, and then at once: a burst is worth no more than this for each.
        if isinstance(event, Notification):
            return event  # type: ignore[return-value]  # every iterator is about these
        self._take = _refuse
        try:
            return await self._after(event)
        finally:
            self._take = _nothing if self._handling else self._native.try_next

    def put_back(self, event: Notification | Lifecycle) -> None:
        """It was taken from the same source, and comes next."""
        self._take = lambda: event

    async def _after(self, event: Notification | Lifecycle | None) -> T_co:
        """The event itself, if it is one of those that are iterated over, or the next one."""
        while True:
            if isinstance(event, Lifecycle) and self._handlers.wants(event.kind):
                # In a task of its own, because cancelling this wait must not cancel a handler.
                loop = asyncio.get_running_loop()
                self._handling = loop.create_task(self._handlers.call(event.kind, event))
            if event is not None and self._selects(event):
                return event  # type: ignore[return-value]  # _selects says that it is a T_co
            await self._handled()
            event = await next_of(self._native)

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True

    async def _handled(self) -> None:
        if self._handling is not None:
            await asyncio.shield(self._handling)
            self._handling = None


def _refuse() -> None:
    raise StateError("another task waits for the next event of this iterator")


def _nothing() -> None:
    """What waits is not to be taken before a handler is done."""


class NotificationIterator(EventIterator[Notification]):
    """The notifications alone."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)

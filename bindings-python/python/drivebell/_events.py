from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
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
        self._waiting = False
        self._handling: asyncio.Task[None] | None = None

    async def __anext__(self) -> T_co:
        if self._waiting:
            raise StateError("another task waits for the next event of this iterator")
        self._waiting = True
        try:
            while True:
                await self._handled()
                event: Notification | Lifecycle = await next_of(self._native)
                if isinstance(event, Lifecycle) and self._handlers.wants(event.kind):
                    # In a task of its own, because cancelling this wait must not cancel a handler.
                    loop = asyncio.get_running_loop()
                    self._handling = loop.create_task(self._handlers.call(event.kind, event))
                if self._selects(event):
                    return event  # type: ignore[return-value]  # _selects says that it is a T_co
        finally:
            self._waiting = False

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True

    async def _handled(self) -> None:
        if self._handling is not None:
            await asyncio.shield(self._handling)
            self._handling = None


class NotificationIterator(EventIterator[Notification]):
    """The notifications alone."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)

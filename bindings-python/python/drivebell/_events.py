from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum, auto
from typing import Final, TypeVar

from ._errors import StateError
from ._handlers import Handlers
from ._native import Lifecycle, Notification
from ._waiting import Source, next_of

T_co = TypeVar("T_co", covariant=True)


class _State(Enum):
    READY = auto()
    """The next event can be taken from the source."""
    HANDLING = auto()
    """Handlers of the last event run; they must return before the next event is taken."""
    WAITING = auto()
    """A task is in `__anext__`."""


# Local names, because looking up an enum member costs more than the rest of the check.
_READY: Final = _State.READY
_WAITING: Final = _State.WAITING


class EventIterator(AsyncIterator[T_co]):
    """The events of a source, in order. Cancelling a wait loses no event: one is taken only when it
    is returned."""

    def __init__(self, source: Source[Notification | Lifecycle], handlers: Handlers) -> None:
        self._source = source
        self._try_next = source.try_next
        self._handlers = handlers
        self._state = _READY
        self._handling: asyncio.Task[None] | None = None

    async def __anext__(self) -> T_co:
        event: Notification | Lifecycle | None = None
        if self._state is _READY:
            event = self._try_next()
            # A burst consists of notifications. Every iterator selects them, and no handler gets
            # them here, so the costly part below has nothing to do.
            if isinstance(event, Notification):
                return event  # type: ignore[return-value]
        elif self._state is _WAITING:
            raise StateError("another task waits for the next event of this iterator")
        self._state = _WAITING
        try:
            return await self._next_selected(event)
        finally:
            self._state = _READY if self._handling is None else _State.HANDLING

    async def _next_selected(self, event: Notification | Lifecycle | None) -> T_co:
        """`event`, if there is one and the iterator selects it, or else the next one that it
        selects."""
        while True:
            if isinstance(event, Lifecycle) and self._handlers.wants(event.kind):
                self._handling = self._handlers.start(event.kind, event)
            if event is not None and self._selects(event):
                return event  # type: ignore[return-value]  # _selects says that it is a T_co
            if self._handling is not None:
                await asyncio.shield(self._handling)
                self._handling = None
            event = await next_of(self._source)

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True


class NotificationIterator(EventIterator[Notification]):
    """The notifications only."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import Enum, auto
from typing import Final, TypeVar

from ._errors import StateError
from ._handlers import Handlers
from ._lifecycle import Lifecycle
from ._native import Notification
from ._waiting import Source, next_of

T_co = TypeVar("T_co", covariant=True)


class _State(Enum):
    READY = auto()
    """The next event can be taken from the source."""
    HANDLING = auto()
    """Handlers of the last event run; they must return before the next event is taken."""
    WAITING = auto()
    """A task is in `__anext__`."""
    GIVEN_UP = auto()
    """Handlers get the events from now on."""


# Local names, because looking up an enum member costs more than the rest of the check.
_READY: Final = _State.READY
_WAITING: Final = _State.WAITING
_GIVEN_UP: Final = _State.GIVEN_UP


class Reader:
    """What all iterators of a source share: a loop that has ended leaves its iterator behind, and
    the next one goes on where it was."""

    def __init__(self, source: Source[Notification | Lifecycle], handlers: Handlers) -> None:
        self.source = source
        self.handlers = handlers
        self.state = _READY
        self.handling: asyncio.Task[None] | None = None

    def give_up(self) -> None:
        """Leaves the events to handlers."""
        if self.state is _WAITING:
            raise waits_in_iterator("task")
        self.state = _GIVEN_UP

    def take_back(self) -> None:
        """Takes the events, which no handler wants any more."""
        self.state = _READY


def waits_in_iterator(who: str) -> StateError:
    return StateError(
        f"another {who} waits in an iterator for the notifications: use it or handlers, not both"
    )


def handlers_consume() -> StateError:
    return StateError("a handler consumes the notifications: use it or an iterator, not both")


class EventIterator(AsyncIterator[T_co]):
    """The events of a source, in order. Cancelling a wait loses no event: one is taken only when it
    is returned."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._try_next = reader.source.try_next

    async def __anext__(self) -> T_co:
        event: Notification | Lifecycle | None = None
        reader = self._reader
        if reader.state is _READY:
            event = self._try_next()
            # A burst consists of notifications. Every iterator selects them, and no handler gets
            # them here, so the costly part below has nothing to do.
            if isinstance(event, Notification):
                return event  # type: ignore[return-value]
        elif reader.state is _WAITING:
            raise StateError("another task waits for the next event here")
        elif reader.state is _GIVEN_UP:
            raise handlers_consume()
        reader.state = _WAITING
        try:
            return await self._next_selected(event)
        finally:
            reader.state = _READY if reader.handling is None else _State.HANDLING

    async def _next_selected(self, event: Notification | Lifecycle | None) -> T_co:
        """`event`, if there is one and the iterator selects it, or else the next one that it
        selects."""
        reader = self._reader
        while True:
            if isinstance(event, Lifecycle) and reader.handlers.wants(event.kind):
                reader.handling = reader.handlers.start(event.kind, event)
            if event is not None and self._selects(event):
                return event  # type: ignore[return-value]  # _selects says that it is a T_co
            if reader.handling is not None:
                await asyncio.shield(reader.handling)
                reader.handling = None
            event = await next_of(reader.source)

    async def aclose(self) -> None:
        """Ends nothing: a loop that is left has no state, and the next one goes on."""

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True


class NotificationIterator(EventIterator[Notification]):
    """The notifications only."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)

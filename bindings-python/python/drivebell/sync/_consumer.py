from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TypeVar

from .._consumer import ConsumerBase
from .._errors import Error, StateError, invalid
from .._handlers import Handlers
from .._native import Lifecycle, Notification
from .._waiting import Source
from ._waiting import call, next_of

T_co = TypeVar("T_co", covariant=True)


class EventIterator(Iterator[T_co]):
    """What a session hands out, in order, to one thread at a time."""

    def __init__(self, native: Source[Notification | Lifecycle], handlers: Handlers) -> None:
        self._native = native
        self._handlers = handlers
        self._turn = threading.Lock()

    def __next__(self) -> T_co:
        if not self._turn.acquire(blocking=False):
            raise StateError("another thread waits for the next event of this iterator")
        try:
            while True:
                event: Notification | Lifecycle = next_of(self._native)
                if isinstance(event, Lifecycle):
                    self._handlers.call_now(event.kind, event)
                if self._selects(event):
                    return event  # type: ignore[return-value]  # _selects says that it is a T_co
        finally:
            self._turn.release()

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True


class NotificationIterator(EventIterator[Notification]):
    """The notifications alone."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)


class Consumer(ConsumerBase):
    """Who the events of a session, or of many, go to: an iterator or handlers, never both."""

    _entered_by = "with"

    def __init__(self, *more_events: str) -> None:
        super().__init__(*more_events)
        self._run_turn = threading.Lock()

    def __iter__(self) -> Iterator[Notification]:
        """The notifications as they come."""
        return self._iterate(NotificationIterator)

    def events(self) -> Iterator[Notification | Lifecycle]:
        """The notifications and what happens to the sessions behind them, in order."""
        return self._iterate(EventIterator[Notification | Lifecycle])

    def run(self) -> None:
        """Hands every event to its handlers, on this thread, until it is closed by another thread,
        or by a handler, or ends.

        When an error ends it, the handlers of `"error"` are called; without one it is raised.
        Raises `StateError` while another thread runs it, or if there is no handler of
        `"notification"`.
        """
        native = self._entered()
        if not self._handlers.consume_notifications:
            raise StateError(f"this {self._noun} has no handler of notifications to run")
        if not self._run_turn.acquire(blocking=False):
            raise StateError(f"another thread runs the handlers of this {self._noun}")
        try:
            events: EventIterator[Notification | Lifecycle] = EventIterator(native, self._handlers)
            # Lifecycle events have gone to their handlers in the iterator.
            for event in events:
                if isinstance(event, Notification):
                    self._handlers.call_now("notification", event)
        except Error as error:
            if not self._handlers.wants("error"):
                raise
            self._handlers.call_now("error", error)
        finally:
            self._run_turn.release()

    def close(self) -> None:
        """Says goodbye to the server and ends the iteration, whichever thread waits in it. Closing
        twice is fine."""
        self._start_close()
        native = self._native_or_none()
        if native is None:
            return
        # How it ended before is not this call's failure.
        with contextlib.suppress(Error):
            call(native.closed)

    def wait_closed(self) -> None:
        """Waits until it is over; raises the error that ended it, if one did."""
        if self._native_or_none() is None and self._closed:
            return
        call(self._entered().closed)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _add_handler(self, event: str, handler: Any) -> Any:
        if inspect.iscoroutinefunction(handler):
            raise invalid("handler", "it is async, and nothing here would await it")
        return super()._add_handler(event, handler)

from __future__ import annotations

import contextlib
import inspect
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, TypeVar

from .. import _native
from .._consumer import ConsumerBase, Native
from .._errors import Error, StateError, invalid
from .._events import handlers_consume, waits_in_iterator
from .._handlers import Handlers
from .._lifecycle import Lifecycle
from .._native import Notification
from .._stop_event import StopEvent, check_blocking_stop_event
from .._waiting import Source
from ._waiting import call, next_in_time, next_of

T_co = TypeVar("T_co", covariant=True)


class Reader:
    """What all iterators of a source share: one thread at a time waits."""

    def __init__(
        self,
        source: Source[Notification | Lifecycle],
        handlers: Handlers,
        stop_event: StopEvent | None = None,
    ) -> None:
        self.source = source
        self.handlers = handlers
        self.is_stopped = None if stop_event is None else stop_event.is_set
        self.waiting = threading.Lock()

    def give_up(self) -> None:
        """Leaves the events to handlers."""
        if self.waiting.locked():
            raise waits_in_iterator("thread")

    def take_back(self) -> None:
        """The handlers say themselves whether they consume."""


class EventIterator(Iterator[T_co]):
    """The events of a source, in order, for one thread at a time."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._is_over = reader.is_stopped

    def __next__(self) -> T_co:
        return self.next_until(None)

    def next_until(self, deadline: float | None) -> T_co:
        """The next event. Gives up at this time of `time.monotonic`."""
        reader = self._reader
        self._check()
        if not reader.waiting.acquire(blocking=False):
            raise StateError("another thread waits for the next event here")
        try:
            while True:
                event: Notification | Lifecycle = next_of(
                    reader.source, deadline, is_over=self._is_over
                )
                if isinstance(event, Lifecycle):
                    reader.handlers.call_now(event.kind, event)
                if self._selects(event):
                    return event  # type: ignore[return-value]  # _selects says that it is a T_co
        finally:
            reader.waiting.release()

    def close(self) -> None:
        """Ends nothing: a loop that is left has no state, and the next one goes on."""

    def _check(self) -> None:
        if self._reader.handlers.consume_notifications:
            raise handlers_consume()

    def _selects(self, _event: Notification | Lifecycle) -> bool:
        return True


class NotificationIterator(EventIterator[Notification]):
    """The notifications only."""

    def _selects(self, event: Notification | Lifecycle) -> bool:
        return isinstance(event, Notification)


class _HandledEvents(EventIterator[Notification | Lifecycle]):
    """All events, for `run`, as long as there is a handler for notifications."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(reader)

        def is_over() -> bool:
            if not reader.handlers.consume_notifications:
                return True
            return reader.is_stopped is not None and reader.is_stopped()

        self._is_over = is_over

    def _check(self) -> None:
        pass


class Consumer(ConsumerBase):
    """Passes the events of one or many sessions to an iterator or to handlers, never to both."""

    _entered_by = "with"

    def __init__(self, client: _native.Client, stop_event: Any, *more_events: str) -> None:
        check_blocking_stop_event(stop_event)
        super().__init__(client, stop_event, *more_events)
        self._running = threading.Lock()

    def __iter__(self) -> Iterator[Notification]:
        """Iterates over the notifications. A further loop goes on where the last one ended, however
        it ended."""
        return self._iterate(NotificationIterator)

    def events(self) -> Iterator[Notification | Lifecycle]:
        """Iterates over the notifications and the lifecycle events, in order. A further loop goes
        on where the last one ended."""
        return self._iterate(EventIterator[Notification | Lifecycle])

    def next(self, timeout: float | None = None) -> Notification:
        """Waits for the next notification, as a loop does, for `timeout` seconds at most; with 0 it
        only takes one that waits. Nothing is lost by a timeout.

        Raises `TimeoutError`, `StateError` once this is closed, and the error that has ended it.
        """
        return next_in_time(self._iterate(NotificationIterator).next_until, timeout)

    def _reader_of(self, native: Native) -> Reader:
        return Reader(native, self._handlers, self._stop_event)

    def run(self) -> None:
        """Passes every event to its handlers, on this thread. Returns when another thread or a
        handler closes the subscription, or takes the last handler for notifications `off`; when the
        `stop_event` is set; and when the program exits.

        If an error ends the session, the handlers for `"error"` are called; if there are none, the
        error is raised. Raises `StateError` if another thread is in this method, or if there is no
        handler for `"notification"`.
        """
        native = self._entered()
        if not self._handlers.consume_notifications:
            raise StateError(f"this {self._noun} has no handler for notifications")
        if not self._running.acquire(blocking=False):
            raise StateError(f"another thread already runs the handlers of this {self._noun}")
        try:
            # The iterator has called the handlers for lifecycle events.
            reader = Reader(native, self._handlers, self._stop_event)
            for event in _HandledEvents(reader):
                if isinstance(event, Notification):
                    self._handlers.call_now("notification", event)
        except Error as error:
            if not self._handlers.wants("error"):
                raise
            self._handlers.call_now("error", error)
        finally:
            self._running.release()

    def close(self) -> None:
        """Disconnects from the server and ends the iteration, also one that another thread waits
        in. May be called more than once."""
        self._start_close()
        native = self._native_or_none()
        if native is None:
            return
        # If the session ended with an error before, closing it is still a success.
        with contextlib.suppress(Error):
            call(native.closed)

    def wait_closed(self) -> None:
        """Waits until closed. Raises the error that ended the session, if one did."""
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
            raise invalid("handler", "an async handler needs an event loop: use drivebell.Client")
        return super()._add_handler(event, handler)

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from .._batch_source import BatchSource
from .._errors import Error, StateError
from .._event_feed import EventFeed
from .._handlers import Handlers
from .._lifecycle import Lifecycle
from .._stop_event import StopEvent
from .._unclosed import WarnsIfUnclosed
from .._waiting import Source
from ._consumer import EventIterator, Reader
from ._waiting import call, next_in_time, next_of

B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")


class BatchStream(WarnsIfUnclosed, Iterator[B_co]):
    """What the streams of one resource's changes and of many share, with mirrors."""

    def __init__(self, batches: BatchSource[B_co], stop_event: StopEvent | None) -> None:
        self._batches = batches
        self._opened()
        self._is_over = None if stop_event is None else stop_event.is_set
        self._event_feed = EventFeed(batches, lambda events: Reader(events, Handlers()))
        self._waiting = threading.Lock()

    def __next__(self) -> B_co:
        return self._next_of(self._batches)

    def next(self, timeout: float | None = None) -> B_co:
        """Waits for what comes next, as a loop does, for `timeout` seconds at most; with 0 it only
        takes what waits. Nothing is lost by a timeout.

        Raises `TimeoutError`, `StateError` if nothing follows any more, and the error that has
        ended the stream.
        """
        return next_in_time(lambda deadline: self._next_of(self._batches, deadline), timeout)

    def _next_of(self, source: Source[T], deadline: float | None = None) -> T:
        if not self._waiting.acquire(blocking=False):
            raise StateError("another thread waits for what comes next in this stream")
        try:
            return next_of(source, deadline, is_over=self._is_over)
        finally:
            self._waiting.release()

    def _is_open(self) -> bool:
        return self._batches.is_open()

    def _start_close(self) -> None:
        self._batches.start_close()

    def _iterate_events(self) -> Iterator[Lifecycle]:
        return EventIterator[Lifecycle](self._event_feed.reader())

    def close(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            call(self._batches.closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class Batches(Iterator[T]):
    """What a stream hands out one by one, in batches."""

    def __init__(self, stream: BatchStream[Any], source: Source[T]) -> None:
        # It keeps the stream open.
        self._stream = stream
        self._source = source

    def __next__(self) -> T:
        return self._stream._next_of(self._source)

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self, TypeVar

from ._batch_source import BatchSource
from ._calls import call
from ._errors import Error, StateError
from ._event_feed import EventFeed
from ._events import EventIterator, Reader
from ._handlers import Handlers
from ._lifecycle import Lifecycle
from ._loop_end import LoopEnd
from ._stop_event import AsyncStopEvent, let_go, until
from ._unclosed import WarnsIfUnclosed
from ._waiting import Source, next_in_time, next_of

B_co = TypeVar("B_co", covariant=True)
T = TypeVar("T")


class BatchStream(WarnsIfUnclosed, AsyncIterator[B_co]):
    """What the streams of one resource's changes and of many share, with mirrors."""

    def __init__(self, batches: BatchSource[B_co], stop_event: AsyncStopEvent | None) -> None:
        self._batches = batches
        self._opened()
        self._stop_event = stop_event
        self._source = until(batches, stop_event)
        self._loop_end = LoopEnd(batches.start_close)
        self._event_feed = EventFeed(batches, lambda events: Reader(events, Handlers()))
        self._waiting = False

    async def __anext__(self) -> B_co:
        return await self._next_of(self._source)

    async def _next_of(self, source: Source[T]) -> T:
        if self._waiting:
            raise StateError("another task waits for what comes next in this stream")
        self._waiting = True
        try:
            return await next_of(source)
        finally:
            self._waiting = False

    def _is_open(self) -> bool:
        return self._batches.is_open()

    def _start_close(self) -> None:
        self._batches.start_close()

    def _iterate_events(self) -> AsyncIterator[Lifecycle]:
        return EventIterator[Lifecycle](self._event_feed.reader())

    async def next(self, timeout: float | None = None) -> B_co:  # noqa: ASYNC109 - as sync's
        """Waits for what comes next, as a loop does, for `timeout` seconds at most; with 0 it only
        takes what waits. Nothing is lost by a timeout.

        Raises `TimeoutError`, `StateError` if nothing follows any more, and the error that has
        ended the stream.
        """
        return await next_in_time(self, timeout)

    async def aclose(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        let_go(self._source)
        with contextlib.suppress(RuntimeError):
            # It is closing already, because the loop ends.
            await self._loop_end.aclose()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            await call(self._batches.closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()


class Batches(AsyncIterator[T]):
    """What a stream hands out one by one, in batches."""

    def __init__(self, stream: BatchStream[Any], source: Source[T]) -> None:
        # It keeps the stream open.
        self._stream = stream
        self._source = until(source, stream._stop_event)

    async def __anext__(self) -> T:
        return await self._stream._next_of(self._source)

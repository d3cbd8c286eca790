from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self, TypeVar

from .._batch_source import BatchSource
from .._errors import Error, StateError
from .._event_feed import EventFeed
from .._handlers import Handlers
from .._native import Lifecycle
from ._consumer import EventIterator
from ._waiting import call, next_of

B = TypeVar("B")


class BatchStream(Iterator[B]):
    """What the stream of one resource's changes and that of many share."""

    def __init__(self, batches: BatchSource[B]) -> None:
        self._batches = batches
        self._event_feed = EventFeed(batches)
        self._waiting = threading.Lock()

    def __next__(self) -> B:
        if not self._waiting.acquire(blocking=False):
            raise StateError("another thread waits for the next batch of this stream")
        try:
            return next_of(self._batches)
        finally:
            self._waiting.release()

    def _iterate_events(self) -> Iterator[Lifecycle]:
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    def close(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._batches.start_close()
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

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self, TypeVar

from ._batch_source import BatchSource
from ._calls import call
from ._errors import Error, StateError
from ._event_feed import EventFeed
from ._events import EventIterator
from ._handlers import Handlers
from ._native import Lifecycle
from ._waiting import next_of

B = TypeVar("B")


class BatchStream(AsyncIterator[B]):
    """What the stream of one resource's changes and that of many share."""

    def __init__(self, batches: BatchSource[B]) -> None:
        self._batches = batches
        self._event_feed = EventFeed(batches)
        self._waiting = False

    async def __anext__(self) -> B:
        if self._waiting:
            raise StateError("another task waits for the next batch of this stream")
        self._waiting = True
        try:
            return await next_of(self._batches)
        finally:
            self._waiting = False

    def _iterate_events(self) -> AsyncIterator[Lifecycle]:
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    async def aclose(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._batches.start_close()
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

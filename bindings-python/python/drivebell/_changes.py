from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from . import _native
from ._calls import call
from ._changes_base import ChangesBase
from ._errors import Error, StateError
from ._events import EventIterator
from ._handlers import Handlers
from ._native import ChangeBatch, Lifecycle, Resource
from ._waiting import next_of


class Changes(ChangesBase, AsyncIterator[ChangeBatch]):
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One task at a time may wait for the next batch; another one gets `StateError`. After a loop
    ends, a further loop continues with the next batch. Cancelling a wait loses no batch. The next
    batch is requested when the consumer takes the one before it: even with a slow consumer, only
    one or two pages are in memory.

    An error is raised once, and then the iteration ends. It also ends with `aclose` or
    `async with`, when the client is closed, and when the object is garbage-collected.

    `state`, `stats`, `hint` and `events` work beside the iteration, and also after the end.
    """

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        super().__init__(native, resource)
        self._waiting = False

    async def __anext__(self) -> ChangeBatch:
        if self._waiting:
            raise StateError("another task waits for the next batch of this stream")
        self._waiting = True
        try:
            return await next_of(self._native)
        finally:
            self._waiting = False

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the stream goes through: connections that begin and end, and failures
        with the wait before the next attempt. `Lifecycle.kind` tells them apart.

        Another task may read the events beside the batches. They end with the stream; if it ends
        with an error, the last one is `"ended"`. Cancelling a wait loses none. Events that nobody
        reads are merged: at most 64 wait. The iterator does not keep the stream open.

        Raises `StateError` if there is an iterator of the events already.
        """
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    async def aclose(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            await call(self._native.closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

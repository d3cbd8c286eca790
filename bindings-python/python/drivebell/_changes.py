from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from . import _native
from ._calls import call
from ._errors import Error, StateError
from ._native import ChangeBatch, Resource
from ._waiting import next_of


class Changes(AsyncIterator[ChangeBatch]):
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One task at a time may wait for the next batch; another one gets `StateError`. After a loop
    ends, a further loop continues with the next batch. Cancelling a wait loses no batch. The next
    batch is requested when the consumer takes the one before it: even with a slow consumer, only
    one or two pages are in memory.

    An error is raised once, and then the iteration ends. It also ends with `aclose` or
    `async with`, when the client is closed, and when the object is garbage-collected.
    """

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        self._native = native
        self._resource = resource
        self._waiting = False
        self._closed = False

    @property
    def resource(self) -> Resource:
        """The resource whose changes these are."""
        return self._resource

    async def __anext__(self) -> ChangeBatch:
        if self._waiting:
            raise StateError("another task waits for the next batch of this stream")
        self._waiting = True
        try:
            return await next_of(self._native)
        finally:
            self._waiting = False

    async def aclose(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            await call(self._native.closed)

    def _start_close(self) -> None:
        """Starts closing, without waiting."""
        self._closed = True
        self._native.start_close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        closed = " closed" if self._closed else ""
        return f"<drivebell.Changes {self._resource}{closed}>"

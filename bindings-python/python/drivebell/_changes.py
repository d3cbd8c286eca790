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
    """What changes in a resource, batch by batch. Made by `Client.changes`, and begun by it.

    It has one consumer at a time: a task that waits beside another gets `StateError`. A loop that
    was left may be followed by another, which goes on with the next batch, and a wait that was
    cancelled loses none. A batch is looked for when the one before it was taken, so that memory is
    that of a page or two, however slow the consumer.

    An error is raised once, and then the iteration ends. `aclose` or `async with` ends it too, and
    so does closing the client, or letting go of the object.
    """

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        self._native = native
        self._resource = resource
        self._waiting = False
        self._closed = False

    @property
    def resource(self) -> Resource:
        """What is watched."""
        return self._resource

    async def __anext__(self) -> ChangeBatch:
        if self._waiting:
            raise StateError("another task waits for the next batch of these changes")
        self._waiting = True
        try:
            return await next_of(self._native)
        finally:
            self._waiting = False

    async def aclose(self) -> None:
        """Ends the iteration, and waits until no look is under way. Closing twice is fine."""
        self._start_close()
        # In a forked child and at the interpreter's exit nothing is left to wait for.
        with contextlib.suppress(Error):
            await call(self._native.closed)

    def _start_close(self) -> None:
        """Begins to close without waiting."""
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

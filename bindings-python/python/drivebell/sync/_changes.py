from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from .. import _native
from .._errors import Error, StateError
from .._native import ChangeBatch, Resource
from ._waiting import call, next_of


class Changes(Iterator[ChangeBatch]):
    """What changes in a resource, batch by batch. Made by `Client.changes`, and begun by it.

    It is consumed by one thread at a time: one that waits beside another gets `StateError`. In
    everything else it is as `drivebell.Changes`. `close` or `with` ends it, from any thread, and so
    does closing the client, or letting go of the object.
    """

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        self._native = native
        self._resource = resource
        self._turn = threading.Lock()
        self._closed = False

    @property
    def resource(self) -> Resource:
        """What is watched."""
        return self._resource

    def __next__(self) -> ChangeBatch:
        if not self._turn.acquire(blocking=False):
            raise StateError("another thread waits for the next batch of these changes")
        try:
            return next_of(self._native)
        finally:
            self._turn.release()

    def close(self) -> None:
        """Ends the iteration, and waits until no look is under way. Closing twice is fine."""
        self._start_close()
        # In a forked child and at the interpreter's exit nothing is left to wait for.
        with contextlib.suppress(Error):
            call(self._native.closed)

    def _start_close(self) -> None:
        """Begins to close without waiting."""
        self._closed = True
        self._native.start_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = " closed" if self._closed else ""
        return f"<drivebell.sync.Changes {self._resource}{closed}>"

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
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. So does closing the client, or garbage collection of
    the object. Everything else is as in `drivebell.Changes`.
    """

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        self._native = native
        self._resource = resource
        self._waiting = threading.Lock()
        self._closed = False

    @property
    def resource(self) -> Resource:
        """The resource whose changes these are."""
        return self._resource

    def __next__(self) -> ChangeBatch:
        if not self._waiting.acquire(blocking=False):
            raise StateError("another thread waits for the next batch of this stream")
        try:
            return next_of(self._native)
        finally:
            self._waiting.release()

    def close(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            call(self._native.closed)

    def _start_close(self) -> None:
        """Starts closing, without waiting."""
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

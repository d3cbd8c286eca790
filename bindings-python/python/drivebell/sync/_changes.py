from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from .. import _native
from .._changes_base import ChangesBase
from .._errors import Error, StateError
from .._handlers import Handlers
from .._native import ChangeBatch, Lifecycle, Resource
from ._consumer import EventIterator
from ._waiting import call, next_of


class Changes(ChangesBase, Iterator[ChangeBatch]):
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. So does closing the client, or garbage collection of
    the object. Everything else is as in `drivebell.Changes`.
    """

    _name = "drivebell.sync.Changes"

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        super().__init__(native, resource)
        self._waiting = threading.Lock()

    def __next__(self) -> ChangeBatch:
        if not self._waiting.acquire(blocking=False):
            raise StateError("another thread waits for the next batch of this stream")
        try:
            return next_of(self._native)
        finally:
            self._waiting.release()

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the stream goes through, as `drivebell.Changes.events`. Another thread
        may read the events beside the batches."""
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    def close(self) -> None:
        """Ends the iteration, and waits until no query is running. May be called more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            call(self._native.closed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

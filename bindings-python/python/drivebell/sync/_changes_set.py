from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from .. import _native
from .._changes_set_base import ChangesSetBase
from .._errors import Error, StateError
from .._handlers import Handlers
from .._native import Lifecycle, MemberBatch, MemberEnd
from .._waiting import Source
from ._consumer import EventIterator
from ._waiting import INLINE_LOOP, call, next_of

if TYPE_CHECKING:
    from ._client import Client


class ChangesSet(ChangesSetBase["Client"], Iterator[MemberBatch | MemberEnd]):
    """The changes of many resources, of one or many users, in one stream. Created and started by
    `Client.changes_all`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. Everything else is as in `drivebell.ChangesSet`.
    """

    _name = "drivebell.sync.ChangesSet"

    def __init__(self, native: _native.ChangesSet, client: Client) -> None:
        super().__init__(native, client)
        self._waiting = threading.Lock()

    def __next__(self) -> MemberBatch | MemberEnd:
        if not self._waiting.acquire(blocking=False):
            raise StateError("another thread waits for the next batch of this stream")
        try:
            source: Source[MemberBatch | MemberEnd] = self._native
            return next_of(source)
        finally:
            self._waiting.release()

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the members go through, as `drivebell.ChangesSet.events`. Another
        thread may read the events beside the batches."""
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    def close(self) -> None:
        """Ends the iteration and all members, and waits until no query is running. May be called
        more than once."""
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

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return INLINE_LOOP

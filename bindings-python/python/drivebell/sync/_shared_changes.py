from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import _native
from .._items import Item_co
from .._lifecycle import Lifecycle
from .._native import SharedBatch, SharedRefusal
from .._shared_changes_base import SharedChangesBase
from .._stop_event import StopEvent
from ._batch_stream import BatchStream
from ._waiting import INLINE_LOOP

if TYPE_CHECKING:
    from ._client import Client


class SharedChanges(
    SharedChangesBase["Client", Item_co], BatchStream[SharedBatch[Item_co] | SharedRefusal]
):
    """The changes of drives that several processes share, in one stream. Created and started by
    `Client.changes_shared`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. Everything else is as in `drivebell.SharedChanges`.
    """

    _name = "drivebell.sync.SharedChanges"

    def __init__(
        self,
        native: _native.SharedChanges[Item_co],
        client: Client,
        stop_event: StopEvent | None,
    ) -> None:
        SharedChangesBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    def __next__(self) -> SharedBatch[Item_co] | SharedRefusal:
        # It is asked for also when the stop_event has been set meanwhile.
        self._native.done()
        return super().__next__()

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the drives that this process follows go through, as
        `drivebell.ChangesSet.events`. Another thread may read the events beside the batches."""
        return self._iterate_events()

    def close(self) -> None:
        """Ends the iteration, and waits as `drivebell.SharedChanges.aclose` does. May be called
        more than once."""
        super().close()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return INLINE_LOOP

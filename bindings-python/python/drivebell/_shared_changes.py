from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from . import _native
from ._batch_stream import BatchStream
from ._calls import running_loop
from ._items import Item_co
from ._lifecycle import Lifecycle
from ._native import SharedBatch, SharedRefusal
from ._shared_changes_base import SharedChangesBase
from ._stop_event import AsyncStopEvent

if TYPE_CHECKING:
    from ._client import Client


class SharedChanges(
    SharedChangesBase["Client", Item_co], BatchStream[SharedBatch[Item_co] | SharedRefusal]
):
    """The changes of drives that several processes share, in one stream: of those drives that this
    process follows. Created and started by `Client.changes_shared`.

    The processes divide the drives among them, through the store. When one ends or dies, the others
    take over its drives:

        async for batch in changes:
            if batch.error is not None:
                print(batch.resource, "is refused:", batch.error)
                continue
            await save(batch.resource, batch.items)

    Each batch comes at least once. Asking for the next one says that it is done; then its
    checkpoint is stored. If the loop's body raises, or the process dies, the batch comes again,
    here or in another process. If Graph or a credential refuses a drive, a `SharedRefusal` with its
    `error` comes instead of a batch, and the drive is tried again later.

    A process that was paused for longer than the `lease_time` has lost its drives, and may not know
    it yet. What it does then comes again in another process. If two processes must never write at
    the same time, store the `epoch` of a batch with what you write, and refuse a lower one.

    The iteration ends when the stream is closed: by `aclose`, `async with`, closing the client, or
    garbage collection. Closing hands the drives over to the other processes.

    One task at a time may wait for the next batch; another one gets `StateError`. Cancelling a wait
    loses no batch.
    """

    def __init__(
        self,
        native: _native.SharedChanges[Item_co],
        client: Client,
        stop_event: AsyncStopEvent | None,
    ) -> None:
        SharedChangesBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    async def __anext__(self) -> SharedBatch[Item_co] | SharedRefusal:
        # It is asked for also when the stop_event has been set meanwhile.
        self._native.done()
        return await super().__anext__()

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the drives that this process follows go through, as
        `ChangesSet.events`."""
        return self._iterate_events()

    async def aclose(self) -> None:
        """Ends the iteration, and waits until the other processes have the drives, for the lease
        time at most. The batch that was handed out last comes again, unless `done` has said that it
        is done. May be called more than once."""
        await super().aclose()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return running_loop()

from __future__ import annotations

from collections.abc import AsyncIterator

from . import _native
from ._batch_stream import BatchStream
from ._calls import call
from ._changes_base import ChangesBase
from ._items import Item_co
from ._lifecycle import Lifecycle
from ._native import ChangeBatch, Resource
from ._stop_event import AsyncStopEvent


class Changes(ChangesBase[Item_co], BatchStream[ChangeBatch[Item_co]]):
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One task at a time may wait for the next batch; another one gets `StateError`. After a loop
    ends, a further loop continues with the next batch. Cancelling a wait loses no batch. The next
    batch is requested when the consumer takes the one before it: even with a slow consumer, only
    one or two pages are in memory.

    An error is raised once, and then the iteration ends. It also ends with `aclose` or
    `async with`, when the client is closed, and when the object is garbage-collected.

    `state`, `stats`, `hint` and `events` work beside the iteration, and also after the end.
    """

    def __init__(
        self,
        native: _native.Changes[Item_co],
        resource: Resource[Item_co],
        stop_event: AsyncStopEvent | None,
    ) -> None:
        ChangesBase.__init__(self, native, resource)
        BatchStream.__init__(self, native, stop_event)

    async def ready(self) -> None:
        """Waits until the first enumeration is complete: the consumer has taken the batch that ends
        it, the first one that is `caught_up`. Another task must read the batches meanwhile. Returns
        at once if the stream began at `"now"`, or at a checkpoint after the first enumeration.

        Raises the error that has ended the stream, or `StateError` if it was closed.
        """
        await call(self._native.ready)

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the stream goes through: connections that begin and end, and failures
        with the wait before the next attempt. `Lifecycle.kind` tells them apart.

        Another task may read the events beside the batches. They end with the stream; if it ends
        with an error, the last one is `"ended"`. Cancelling a wait loses none. Events that nobody
        reads are merged: at most 64 wait. The iterator does not keep the stream open. A further
        loop goes on where the last one ended.
        """
        return self._iterate_events()

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from . import _native
from ._batch_stream import BatchStream
from ._calls import running_loop
from ._changes_set_base import ChangesSetBase
from ._items import Item_co
from ._lifecycle import Lifecycle
from ._native import MemberBatch, MemberEnd
from ._stop_event import AsyncStopEvent

if TYPE_CHECKING:
    from ._client import Client


class ChangesSet(ChangesSetBase["Client", Item_co], BatchStream[MemberBatch[Item_co] | MemberEnd]):
    """The changes of many resources, of one or many users, in one stream. Created and started by
    `Client.changes_all`.

    A member is a resource of one user, with a stream like that of `Client.changes`. Each batch has
    the `resource` and the `client` of its member. If Graph or the credential refuses a member
    permanently, a `MemberEnd` with its `error` comes instead of a batch, and the others continue:

        async for batch in changes:
            if batch.error is not None:
                print(batch.resource, "has ended:", batch.error)
                continue
            store(batch.client, batch.resource, batch.items, batch.checkpoint)

    A member that has ended stays in the set, in state `"closed"`, until it is removed or added
    again. The iteration ends only when the set is closed: by `aclose`, `async with`, closing the
    client, or garbage collection.

    One task at a time may wait for the next batch; another one gets `StateError`. Cancelling a wait
    loses no batch. A slow consumer slows all members down: at most `max_concurrent_queries` of them
    have a page in memory.
    """

    def __init__(
        self, native: _native.ChangesSet[Item_co], client: Client, stop_event: AsyncStopEvent | None
    ) -> None:
        ChangesSetBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the members go through, as `Changes.events`. Each event has the
        `resource` and the `client` of its member; the last event of one that ends with an error is
        `"ended"`. When the queue is full (`mailbox_capacity`), only events of the same member are
        merged."""
        return self._iterate_events()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return running_loop()

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import _native
from .._changes_set_base import ChangesSetBase
from .._items import Item_co
from .._lifecycle import Lifecycle
from .._native import MemberBatch, MemberEnd
from .._stop_event import StopEvent
from ._batch_stream import BatchStream
from ._waiting import INLINE_LOOP

if TYPE_CHECKING:
    from ._client import Client


class ChangesSet(ChangesSetBase["Client", Item_co], BatchStream[MemberBatch[Item_co] | MemberEnd]):
    """The changes of many resources, of one or many users, in one stream. Created and started by
    `Client.changes_all`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. Everything else is as in `drivebell.ChangesSet`.
    """

    _name = "drivebell.sync.ChangesSet"

    def __init__(
        self, native: _native.ChangesSet[Item_co], client: Client, stop_event: StopEvent | None
    ) -> None:
        ChangesSetBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the members go through, as `drivebell.ChangesSet.events`. Another
        thread may read the events beside the batches."""
        return self._iterate_events()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return INLINE_LOOP

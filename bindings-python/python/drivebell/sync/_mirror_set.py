from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import _native
from .._batch_source import InBatches
from .._lifecycle import Lifecycle
from .._members import check_resource
from .._mirror_set_base import MirrorSetBase
from .._native import Change, MemberEnd, Resource
from .._stop_event import StopEvent
from ._batch_stream import Batches, BatchStream
from ._waiting import INLINE_LOOP, call

if TYPE_CHECKING:
    from ._client import Client


class MirrorSet(MirrorSetBase["Client"], BatchStream[Change | MemberEnd]):
    """The trees of many drives in one SQLite file, and what happens in them, in one stream. Created
    and started by `Client.mirror_all`.

    One thread at a time may wait for the next change; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. Everything else is as in `drivebell.MirrorSet`.
    """

    _name = "drivebell.sync.MirrorSet"

    def __init__(
        self, native: _native.MirrorSet, client: Client, stop_event: StopEvent | None
    ) -> None:
        MirrorSetBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    def batches(self) -> Iterator[list[Change] | MemberEnd]:
        """Iterates over the changes in batches, as `drivebell.MirrorSet.batches`."""
        return Batches(self, InBatches(self._native))

    def ready(self, resource: Resource | None = None) -> None:
        """Waits until the first enumeration of a member is complete, or that of all, as
        `drivebell.MirrorSet.ready`, with its errors."""
        if resource is not None:
            check_resource(resource)
        call(lambda loop, settle: self._native.ready(resource, loop, settle))

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the members go through, as `drivebell.ChangesSet.events`. Another
        thread may read the events beside the changes."""
        return self._iterate_events()

    def close(self) -> None:
        """Ends the iteration, and waits until the file is closed. The change that was handed out
        last comes again with the next mirror. May be called more than once."""
        super().close()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return INLINE_LOOP

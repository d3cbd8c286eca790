from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from . import _native
from ._batch_source import InBatches
from ._batch_stream import Batches, BatchStream
from ._calls import call, running_loop
from ._lifecycle import Lifecycle
from ._members import check_resource
from ._mirror_set_base import MirrorSetBase
from ._native import Change, MemberEnd, Resource
from ._stop_event import AsyncStopEvent

if TYPE_CHECKING:
    from ._client import Client


class MirrorSet(MirrorSetBase["Client"], BatchStream[Change | MemberEnd]):
    """The trees of many drives in one SQLite file, and what happens in them, in one stream. Created
    and started by `Client.mirror_all`.

    Each change has the `resource` and the `client` of its member. Its `sequence` is that of its
    drive. A change is done when the next one is asked for, of whichever drive. If Graph or the
    credential refuses a member permanently, a `MemberEnd` with its `error` comes, and the others
    continue:

        async for change in mirrors:
            if isinstance(change, drivebell.MemberEnd):
                print(change.resource, "has ended:", change.error)
                continue
            print(change.resource, change.kind, change.path)

    A member that has ended stays in the set, in state `"closed"`, until it is removed or added
    again. The iteration ends when the set is closed, by `aclose`, `async with`, closing the client,
    or garbage collection; and with a `StorageError`, if the file cannot be written to any more.

    One task at a time may wait for the next change; another one gets `StateError`. Cancelling a
    wait loses no change.
    """

    def __init__(
        self, native: _native.MirrorSet, client: Client, stop_event: AsyncStopEvent | None
    ) -> None:
        MirrorSetBase.__init__(self, native, client)
        BatchStream.__init__(self, native, stop_event)

    def batches(self) -> AsyncIterator[list[Change] | MemberEnd]:
        """Iterates over the changes in batches, as `Mirror.batches`. All changes of a batch are of
        one member."""
        return Batches(self, InBatches(self._native))

    async def ready(self, resource: Resource | None = None) -> None:
        """Waits until the first enumeration of a member is complete; without a resource, until that
        of each drive that is a member now is.

        Raises the error of the first member that has ended, and `StateError` if the resource is not
        a member, or the set was closed.
        """
        if resource is not None:
            check_resource(resource)
        await call(lambda loop, settle: self._native.ready(resource, loop, settle))

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the members go through, as `ChangesSet.events`."""
        return self._iterate_events()

    async def aclose(self) -> None:
        """Ends the iteration, and waits until the file is closed. The change that was handed out
        last comes again with the next mirror. May be called more than once."""
        await super().aclose()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return running_loop()

from __future__ import annotations

from collections.abc import AsyncIterator

from . import _native
from ._batch_source import InBatches
from ._batch_stream import Batches, BatchStream
from ._calls import call
from ._lifecycle import Lifecycle
from ._mirror_base import MirrorBase
from ._native import Change, Resource
from ._stop_event import AsyncStopEvent


class Mirror(MirrorBase, BatchStream[Change]):
    """A drive's tree in a SQLite file, and what happens in it. Created and started by
    `Client.mirror`.

    **At least once.** A change is done when the next one is asked for. Until then the file keeps
    it: if the program ends, however it ends, the change comes again with the same `sequence`. So
    `break` leaves the last change undone. Changes that were handled within the last hundredth of a
    second may come again too.

    One task at a time may wait for the next change; another one gets `StateError`. After a loop
    ends, a further loop continues with the next change. Cancelling a wait loses no change.

    An error is raised once, and then the iteration ends. It also ends with `aclose` or
    `async with`, when the client is closed, and when the object is garbage-collected. What is in
    the file stays.

    The tree can be read at any time, beside the iteration and without one: `get`, `path`,
    `children` and `walk` are plain functions. `state`, `stats`, `hint` and `events` work as those
    of `Changes`.
    """

    def __init__(
        self, native: _native.Mirror, resource: Resource, stop_event: AsyncStopEvent | None
    ) -> None:
        MirrorBase.__init__(self, native, resource)
        BatchStream.__init__(self, native, stop_event)

    def batches(self) -> AsyncIterator[list[Change]]:
        """Iterates over the changes in batches: all that one page of a delta query brought, at
        least one and at most 1,000. The changes of a batch are done when the next batch is asked
        for."""
        return Batches(self, InBatches(self._native))

    async def ready(self) -> None:
        """Waits until the first enumeration is complete: the tree is whole. Nobody has to read the
        changes meanwhile. Returns at once if the file has a whole tree already.

        Raises the error that has ended the mirror, or `StateError` if it was closed.
        """
        await call(self._native.ready)

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the stream of changes goes through, as `Changes.events`."""
        return self._iterate_events()

    async def aclose(self) -> None:
        """Ends the iteration, and waits until the file is closed. The change that was handed out
        last comes again with the next mirror. May be called more than once."""
        await super().aclose()

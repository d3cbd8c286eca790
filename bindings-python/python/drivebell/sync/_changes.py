from __future__ import annotations

from collections.abc import Iterator

from .. import _native
from .._changes_base import ChangesBase
from .._items import Item_co
from .._lifecycle import Lifecycle
from .._native import ChangeBatch, Resource
from .._stop_event import StopEvent
from ._batch_stream import BatchStream
from ._waiting import call


class Changes(ChangesBase[Item_co], BatchStream[ChangeBatch[Item_co]]):
    """The changes of a resource, in batches. Created and started by `Client.changes`.

    One thread at a time may wait for the next batch; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. So does closing the client, or garbage collection of
    the object. Everything else is as in `drivebell.Changes`.
    """

    _name = "drivebell.sync.Changes"

    def __init__(
        self,
        native: _native.Changes[Item_co],
        resource: Resource[Item_co],
        stop_event: StopEvent | None,
    ) -> None:
        ChangesBase.__init__(self, native, resource)
        BatchStream.__init__(self, native, stop_event)

    def ready(self) -> None:
        """Waits until the first enumeration is complete, as `drivebell.Changes.ready`. Another
        thread must read the batches meanwhile.

        Raises the error that has ended the stream, or `StateError` if it was closed.
        """
        call(self._native.ready)

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the stream goes through, as `drivebell.Changes.events`. Another thread
        may read the events beside the batches."""
        return self._iterate_events()

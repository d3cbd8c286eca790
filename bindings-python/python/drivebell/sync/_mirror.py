from __future__ import annotations

from collections.abc import Iterator

from .. import _native
from .._batch_source import InBatches
from .._lifecycle import Lifecycle
from .._mirror_base import MirrorBase
from .._native import Change, Resource
from .._stop_event import StopEvent
from ._batch_stream import Batches, BatchStream
from ._waiting import call


class Mirror(MirrorBase, BatchStream[Change]):
    """A drive's tree in a SQLite file, and what happens in it. Created and started by
    `Client.mirror`.

    One thread at a time may wait for the next change; another one gets `StateError`. `close` and
    `with` end the iteration, from any thread. So does closing the client, or garbage collection of
    the object. Everything else is as in `drivebell.Mirror`.
    """

    _name = "drivebell.sync.Mirror"

    def __init__(
        self, native: _native.Mirror, resource: Resource, stop_event: StopEvent | None
    ) -> None:
        MirrorBase.__init__(self, native, resource)
        BatchStream.__init__(self, native, stop_event)

    def batches(self) -> Iterator[list[Change]]:
        """Iterates over the changes in batches, as `drivebell.Mirror.batches`."""
        return Batches(self, InBatches(self._native))

    def ready(self) -> None:
        """Waits until the first enumeration is complete, as `drivebell.Mirror.ready`. Another
        thread may read the changes meanwhile.

        Raises the error that has ended the mirror, or `StateError` if it was closed.
        """
        call(self._native.ready)

    def events(self) -> Iterator[Lifecycle]:
        """Iterates over what the stream of changes goes through, as `drivebell.Changes.events`.
        Another thread may read the events beside the changes."""
        return self._iterate_events()

    def close(self) -> None:
        """Ends the iteration, and waits until the file is closed. The change that was handed out
        last comes again with the next mirror. May be called more than once."""
        super().close()

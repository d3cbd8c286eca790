from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from .._checkpoint_store import Checkpoint, Ownership, Record
from .._errors import invalid
from .._native import MemoryStore, SqliteStore
from .._store_calls import Prepared
from .._store_calls import prepare as prepare_async
from ._credential import gevent_has_replaced_threads


class CheckpointStore(Protocol):
    """A `drivebell.CheckpointStore` whose calls are plain functions, which may block. They run in a
    thread of their own, one after the other."""

    def list_ownership(self) -> Iterable[Record]:
        """As in `drivebell.CheckpointStore`."""
        ...

    def claim_ownership(self, claims: list[Ownership], /) -> Iterable[Record]:
        """As in `drivebell.CheckpointStore`."""
        ...

    def list_checkpoints(self, partitions: list[str], /) -> Iterable[Record]:
        """As in `drivebell.CheckpointStore`."""
        ...

    def update_checkpoint(self, checkpoint: Checkpoint, /) -> Record | None:
        """As in `drivebell.CheckpointStore`."""
        ...


def prepare(store: object) -> Prepared:
    """Converts a store for the native stream. Raises `InvalidArgumentError` for what is no
    store."""
    prepared = prepare_async(store, None)
    is_native = isinstance(prepared, MemoryStore | SqliteStore)
    if not is_native and gevent_has_replaced_threads():
        raise invalid(
            "store",
            "gevent has replaced Python's threads, in which its functions run: use a SqliteStore,"
            " or call monkey.patch_all(thread=False)",
        )
    return prepared

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, Protocol, TypedDict


class Ownership(TypedDict):
    """Which process follows a drive; or, if the partition begins with `worker/`, that a process
    lives. drivebell writes these records, and a `CheckpointStore` keeps them.

    - `partition`: what is owned: a text of up to 512 bytes, unique in the store.
    - `owner`: the process that owns it; empty if nobody does.
    - `epoch`: rises by one with each new owner.
    - `weight`: what it costs; of a process, how much it takes compared with the others.
    - `revision`: names this state of the record: whatever the database has, such as an etag or a
      number. `None` for a record that the store does not have yet.
    """

    partition: str
    owner: str
    epoch: int
    weight: int
    revision: str | int | None


class Checkpoint(TypedDict):
    """How far a drive was followed. It contains links of Graph, so it belongs in no log.

    - `partition`: the partition of the drive.
    - `drive`: a text of up to 512 bytes. A partition and a drive have one checkpoint.
    - `checkpoint`: where to go on; empty before the first batch is done. Some kilobytes.
    - `epoch`: that of the owner that has written it.
    - `sequence`: how many batches of the drive are done.
    - `memo`: what drivebell wants to find again. Mostly empty.
    - `revision`: as in `Ownership`.
    """

    partition: str
    drive: str
    checkpoint: str
    epoch: int
    sequence: int
    memo: str
    revision: str | int | None


Record = Mapping[str, Any]
"""An `Ownership` or a `Checkpoint`, or any other mapping with the same keys."""


class CheckpointStore(Protocol):
    """Where processes keep who follows which drive, and how far each has come: any object with
    these four calls, over a database that all processes reach. `docs/stores.md` has examples.

    A call may be an `async` function, which runs on the event loop of the stream, or a plain one,
    which may block: drivebell makes its calls one after the other, in a thread for this stream.

    Each write is a compare-and-swap: it succeeds only if the record still has the `revision` that
    is given; with `None`, only if there is no such record. A write gives the record a new revision,
    and every later call of every process sees it. That is all that a store has to do.

    If a call raises, or returns something of another shape, the store counts as away: drivebell
    logs the call and the class of the exception, and tries again. It does not log the exception's
    text, which may contain a checkpoint.
    """

    def list_ownership(self) -> Iterable[Record] | Awaitable[Iterable[Record]]:
        """Returns all records of ownership. One without an owner whose partition begins with
        `worker/` may be forgotten."""
        ...

    def claim_ownership(
        self, claims: list[Ownership], /
    ) -> Iterable[Record] | Awaitable[Iterable[Record]]:
        """Writes records, each if its revision is unchanged. Returns those that were written, with
        their new revisions, and leaves out those that another process has changed."""
        ...

    def list_checkpoints(
        self, partitions: list[str], /
    ) -> Iterable[Record] | Awaitable[Iterable[Record]]:
        """Returns the checkpoints of all drives in these partitions."""
        ...

    def update_checkpoint(
        self, checkpoint: Checkpoint, /
    ) -> Record | Awaitable[Record | None] | None:
        """Writes a checkpoint if its revision is unchanged, and returns it with its new revision.
        Returns `None` if another process has changed it."""
        ...

from __future__ import annotations

import asyncio
from typing import Generic, cast

from . import _native
from ._items import Item_co
from ._members import C, client_of_member
from ._native import Resource
from ._stats import ChangesStats, OwnedDrive, SharedStats, SharedWorker


class SharedChangesBase(Generic[C, Item_co]):
    """What the async and the blocking shared stream of changes share."""

    _name = "drivebell.SharedChanges"

    def __init__(self, native: _native.SharedChanges[Item_co], client: C) -> None:
        self._native = native
        self._client = client

    @property
    def worker(self) -> str:
        """The id of this process in the store: its name, and what tells this start from others."""
        return self._native.worker()

    def done(self) -> None:
        """Says that the last batch is done, without asking for the next one: before you leave the
        loop, for instance."""
        self._native.done()

    def add(self, resource: Resource, *, since: str, client: C | None = None) -> None:
        """Adds a drive, without waiting: do the same in every process. It begins at `since`, unless
        the store has a checkpoint of it.

        `client` is the client of another user, created by `Client.with_credential`; by default, the
        client that created the stream. Give each client a `label` of its own, the same in every
        process: it becomes part of the drive's name in the store. Adding a drive again changes
        nothing.

        Raises `InvalidArgumentError` for a bad argument, by the name `since` for a drive that is
        there already with another beginning, and by the name `client` if another client has the
        same resource and the same label, or none; `StateError` if the client or the stream is
        closed.
        """
        client = self._client_of(client, resource)
        self._native.add(client._native, client, resource, since, self._event_loop())

    def remove(self, resource: Resource, *, client: C | None = None) -> bool:
        """Removes a drive from this process, and drops its batches that wait already. It goes on in
        the processes that still have it. Returns False if it was not there."""
        return self._native.remove(self._client_of(client, resource)._native, resource)

    def members(self) -> list[tuple[C, Resource[Item_co]]]:
        """All drives, whichever process follows them, each as its client and resource, in no
        particular order."""
        return self._native.members()  # type: ignore[return-value]  # all were added as C

    def owned(self) -> list[OwnedDrive[C, Item_co]]:
        """The drives that this process follows now, in no particular order."""
        drives = []
        for client, resource, state, error, epoch, (counts, *times) in self._native.owned():
            stats = ChangesStats(*counts, *times)
            drives.append(OwnedDrive(cast(C, client), resource, state, error, epoch, stats))
        return drives

    def workers(self) -> list[SharedWorker]:
        """The processes that take part, sorted by their ids, as of the last time that the store
        answered."""
        return [SharedWorker(*fields) for fields in self._native.workers()]

    def stats(self) -> SharedStats:
        """How the drives are shared, as of the last time that the store answered."""
        drives, counts, listed_at = self._native.stats()
        return SharedStats(*drives, *counts, listed_at)

    def __len__(self) -> int:
        """The number of drives, whichever process follows them."""
        return len(self._native)

    def __bool__(self) -> bool:
        return True

    def _client_of(self, client: C | None, resource: object) -> C:
        return client_of_member(self._client, client, resource)

    def _is_open(self) -> bool:
        return self._native.is_open() and not self._client._native.is_closed()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that calls credentials."""
        raise NotImplementedError

    def __repr__(self) -> str:
        stats = self.stats()
        return f"<{self._name} {self.worker} drives={stats.drives} owned={stats.owned}>"

from __future__ import annotations

import asyncio
from typing import Generic, overload

from . import _native
from ._items import Item_co
from ._members import C, client_of_member
from ._names import ChangesState
from ._native import Resource
from ._stats import ChangesSetStats, ChangesStats


class ChangesSetBase(Generic[C, Item_co]):
    """What the async and the blocking set of streams of changes share."""

    _name = "drivebell.ChangesSet"

    def __init__(self, native: _native.ChangesSet[Item_co], client: C) -> None:
        self._native = native
        self._client = client

    def add(self, resource: Resource, *, since: str, client: C | None = None) -> None:
        """Follows one more resource from `since` on, without waiting.

        `client` is the client of another user, created by `Client.with_credential`; by default, the
        client that created the stream. Adding a member again changes nothing, unless it has ended:
        then it starts again.

        Raises `InvalidArgumentError` for a bad argument, and by the name `since` for a member that
        is followed from another beginning; `StateError` if the client or the stream is closed.
        """
        client = self._client_of(client, resource)
        self._native.add(client._native, client, resource, since, self._event_loop())

    def remove(self, resource: Resource, *, client: C | None = None) -> bool:
        """Removes a member. Its subscription disconnects, and its batches and events are dropped,
        also those that wait already. Returns False if it was not a member."""
        return self._native.remove(self._client_of(client, resource)._native, resource)

    def state(self, resource: Resource, *, client: C | None = None) -> ChangesState | None:
        """What a member does now, as in `Changes.state`; `None` if it is not a member."""
        return self._native.state(self._client_of(client, resource)._native, resource)

    @overload
    def stats(self) -> ChangesSetStats: ...
    @overload
    def stats(self, resource: Resource, *, client: C | None = None) -> ChangesStats | None: ...

    def stats(
        self, resource: Resource | None = None, *, client: C | None = None
    ) -> ChangesSetStats | ChangesStats | None:
        """The totals of all members; or, with a resource, the counters of that member, and `None`
        if it is not one."""
        if resource is None:
            (counts, queried, handed_out), members, live, polling, ended = self._native.stats()
            return ChangesSetStats(*counts, queried, handed_out, members, live, polling, ended)
        fields = self._native.stats_of(self._client_of(client, resource)._native, resource)
        if fields is None:
            return None
        counts, *times = fields
        return ChangesStats(*counts, *times)

    def hint(self, resource: Resource, *, client: C | None = None) -> None:
        """Says that something changed in a member's resource, as `Changes.hint` does. Any thread
        may call it.

        Raises `StateError` if it is not a member, or has ended.
        """
        self._native.hint(self._client_of(client, resource)._native, resource)

    def members(self) -> list[tuple[C, Resource[Item_co]]]:
        """The members, each as its client and resource, in no particular order. One that has ended
        stays until it is removed."""
        return self._native.members()  # type: ignore[return-value]  # all were added as C

    def __len__(self) -> int:
        """The number of members."""
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
        return f"<{self._name} members={stats.members} live={stats.live}>"

from __future__ import annotations

import asyncio
from typing import Generic

from . import _native
from ._members import C, check_resource, client_of_member
from ._names import ChangesState
from ._native import Resource
from ._stats import MirrorStats
from ._tree import Tree, mirror_stats


class MirrorSetBase(Generic[C]):
    """What the async and the blocking set of mirrors share."""

    _name = "drivebell.MirrorSet"

    def __init__(self, native: _native.MirrorSet, client: C) -> None:
        self._native = native
        self._client = client

    def add(self, resource: Resource, *, client: C | None = None) -> None:
        """Mirrors one more drive. It goes on where the file ends, or begins with a full
        enumeration.

        `client` is the client of another user, created by `Client.with_credential`; by default, the
        client that created the set. Adding a member again changes nothing, unless it has ended:
        then it starts again.

        Raises `InvalidArgumentError` for a bad argument, and by the name `resource` for a path that
        is in the file for another user: two users' `/me/drive` are different drives, so name them
        by their ids. Raises `StateError` if the client or the set is closed, and `StorageError`.
        """
        client = client_of_member(self._client, client, resource)
        self._native.add(client._native, client, resource, self._event_loop())

    def remove(self, resource: Resource) -> bool:
        """Stops to follow a drive, and drops its changes, also those that wait already. Its tree
        stays in the file as it is. Returns False if it was not a member."""
        check_resource(resource)
        return self._native.remove(resource)

    def tree(self, resource: Resource) -> Tree:
        """The tree of a member.

        Raises `StateError` if it is not a member.
        """
        check_resource(resource)
        return Tree(self._native.tree(resource), resource)

    def state(self, resource: Resource) -> ChangesState | None:
        """What the stream of changes of a member does now, as `Changes.state`; `None` if it is not
        a member."""
        check_resource(resource)
        return self._native.state(resource)

    def stats(self, resource: Resource) -> MirrorStats:
        """The counters of a member and of its stream of changes.

        Raises `StateError` if it is not a member, and `StorageError`.
        """
        check_resource(resource)
        return mirror_stats(self._native.stats(resource))

    def hint(self, resource: Resource) -> None:
        """Says that something changed in a member's drive, as `Changes.hint` does. Any thread may
        call it.

        Raises `StateError` if it is not a member, or has ended.
        """
        check_resource(resource)
        self._native.hint(resource)

    def members(self) -> list[tuple[C, Resource]]:
        """The members, each as its client and resource, in no particular order. One that has ended
        stays until it is removed."""
        return self._native.members()  # type: ignore[return-value]  # all were added as C

    def __len__(self) -> int:
        """The number of members."""
        return len(self._native)

    def __bool__(self) -> bool:
        return True

    def _is_open(self) -> bool:
        return self._native.is_open() and not self._client._native.is_closed()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that calls credentials."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{self._name} members={len(self)}>"

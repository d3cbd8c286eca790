from __future__ import annotations

from typing import Generic

from . import _native
from ._items import Item_co
from ._names import ChangesState
from ._native import Resource
from ._stats import ChangesStats


class ChangesBase(Generic[Item_co]):
    """What the async and the blocking stream of changes share."""

    _name = "drivebell.Changes"

    def __init__(self, native: _native.Changes[Item_co], resource: Resource[Item_co]) -> None:
        self._native = native
        self._resource = resource

    @property
    def resource(self) -> Resource[Item_co]:
        """The resource whose changes these are."""
        return self._resource

    @property
    def state(self) -> ChangesState:
        """What the stream does now.

        - `"starting"`: it has not got its first page yet.
        - `"enumerating"`: it gets everything.
        - `"live"`: it has caught up, and notifications tell it when to query.
        - `"polling"`: it has caught up, and queries every `poll_interval`, because no
          notifications arrive.
        - `"away"`: Graph cannot be reached, or its delta query fails. It tries again.
        - `"signing_in"`: it waits until a person has signed in.
        - `"closed"`: it was closed, or ended with an error.
        """
        return self._native.state()

    def stats(self) -> ChangesStats:
        """The counters of the stream so far; after it ended, the last ones."""
        counts, *times = self._native.stats()
        return ChangesStats(*counts, *times)

    def hint(self) -> None:
        """Says that something changed, for a program that learns of it in another way, as from a
        webhook. The stream queries as after a notification.

        Any thread may call it. It never blocks, and hints that come together cause one query.

        Raises `StateError` if the stream has ended.
        """
        self._native.hint()

    def __repr__(self) -> str:
        return f"<{self._name} {self._resource} {self.state}>"

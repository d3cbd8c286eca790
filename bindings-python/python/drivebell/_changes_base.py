from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from . import _native
from ._errors import StateError
from ._names import ChangesState
from ._native import Resource
from ._stats import ChangesStats

T = TypeVar("T")


class ChangesBase:
    """What the async and the blocking stream of changes share."""

    _name = "drivebell.Changes"

    def __init__(self, native: _native.Changes, resource: Resource) -> None:
        self._native = native
        self._resource = resource
        self._event_source: _native.ChangesEvents | None = None
        self._event_iterator: weakref.ref[Any] | None = None

    @property
    def resource(self) -> Resource:
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
        counts, last_query_at, last_items_at = self._native.stats()
        return ChangesStats(*counts, last_query_at, last_items_at)

    def hint(self) -> None:
        """Says that something changed, for a program that learns of it in another way, as from a
        webhook. The stream queries as after a notification.

        Any thread may call it. It never blocks, and hints that come together cause one query.

        Raises `StateError` if the stream has ended.
        """
        self._native.hint()

    def _iterate_events(self, kind: Callable[[Any], T]) -> T:
        if self._event_iterator is not None and self._event_iterator() is not None:
            raise StateError("the events of this stream already have an iterator: use that one")
        # One source for all iterators, which holds what it has fetched.
        if self._event_source is None:
            self._event_source = self._native.events()
        iterator = kind(self._event_source)
        # Weakly: a loop that ends releases its iterator, and another loop may follow.
        self._event_iterator = weakref.ref(iterator)
        return iterator

    def _start_close(self) -> None:
        """Starts closing, without waiting."""
        self._native.start_close()

    def __repr__(self) -> str:
        return f"<{self._name} {self._resource} {self.state}>"

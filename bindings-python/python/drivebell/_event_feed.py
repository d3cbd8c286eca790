from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from . import _native
from ._batch_source import BatchSource
from ._errors import StateError

T = TypeVar("T")


class EventFeed:
    """The events of one or many streams of changes, for one iterator at a time."""

    def __init__(self, native: BatchSource[object]) -> None:
        self._feed = native
        self._source: _native.ChangesEvents | None = None
        self._iterator: weakref.ref[Any] | None = None

    def iterate(self, kind: Callable[[Any], T]) -> T:
        if self._iterator is not None and self._iterator() is not None:
            raise StateError("the events of this stream already have an iterator: use that one")
        # One source for all iterators, which holds what it has fetched.
        if self._source is None:
            self._source = self._feed.events()
        iterator = kind(self._source)
        # Weakly: a loop that ends releases its iterator, and another loop may follow.
        self._iterator = weakref.ref(iterator)
        return iterator

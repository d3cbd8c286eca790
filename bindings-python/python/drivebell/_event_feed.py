from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from . import _native
from ._batch_source import BatchSource

R = TypeVar("R")


class EventFeed(Generic[R]):
    """The events of one or many streams of changes. All iterators share a reader."""

    def __init__(
        self, native: BatchSource[object], reader_of: Callable[[_native.ChangesEvents], R]
    ) -> None:
        self._feed = native
        self._reader_of = reader_of
        self._reader: R | None = None

    def reader(self) -> R:
        if self._reader is None:
            self._reader = self._reader_of(self._feed.events())
        return self._reader

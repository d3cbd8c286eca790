from __future__ import annotations

from . import _native
from ._names import ChangesState
from ._native import Resource
from ._stats import MirrorStats
from ._tree import Tree, mirror_stats


class MirrorBase(Tree):
    """What the async and the blocking mirror share."""

    _name = "drivebell.Mirror"

    def __init__(self, native: _native.Mirror, resource: Resource) -> None:
        super().__init__(native.tree(), resource)
        self._native = native

    @property
    def state(self) -> ChangesState:
        """What the stream of changes does now, as `Changes.state`."""
        return self._native.state()

    def stats(self) -> MirrorStats:
        """The counters of the mirror and of its stream of changes.

        Raises `StorageError`.
        """
        return mirror_stats(self._native.stats())

    def hint(self) -> None:
        """Says that something changed, as `Changes.hint`. Any thread may call it.

        Raises `StateError` if the mirror has ended.
        """
        self._native.hint()

    def __repr__(self) -> str:
        return f"<{self._name} {self._resource} {self.state}>"

from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from . import _native
from ._errors import invalid
from ._native import DriveItem, Resource
from ._stats import ChangesStats, MirrorStats


def mirror_stats(fields: _native._MirrorStats) -> MirrorStats:
    counts, ready, (changes, *times) = fields
    return MirrorStats(*counts, ready, ChangesStats(*changes, *times))


class Tree:
    """The tree of one mirrored drive: which items are there, where, and what is known of them.

    Reading takes microseconds: it reads the file, without network, and any thread may do it. The
    tree is ahead of the changes that the program has not asked for yet. It can also be read after
    the mirror is closed.
    """

    _name = "drivebell.Tree"

    def __init__(self, tree: _native.Tree, resource: Resource) -> None:
        self._tree = tree
        self._resource = resource

    @property
    def resource(self) -> Resource:
        """The mirrored drive."""
        return self._resource

    @overload
    def get(self, path: str) -> DriveItem | None: ...
    @overload
    def get(self, *, id: str) -> DriveItem | None: ...

    def get(self, path: str | None = None, *, id: str | None = None) -> DriveItem | None:
        """The item at a path from the drive's root, such as `/Reports/plan.pdf`, or the one with an
        id. `None` if there is none. The case of a path does not matter.

        Raises `InvalidArgumentError` for a path that does not start with `/`, and `StorageError`.
        """
        if id is None:
            if path is None:
                raise invalid("path", "give a path, or an id")
            return self._tree.get(path)
        if path is not None:
            raise invalid("id", "give a path or an id, not both")
        return self._tree.get_by_id(id)

    def path(self, id: str) -> str | None:
        """The path of the item with this id; `None` if there is none, or if its folder is not known
        yet.

        Raises `StorageError`.
        """
        return self._tree.path(id)

    def children(self, path: str) -> list[DriveItem]:
        """The items directly in a folder, by name. Empty for a file, and for a path where there is
        nothing.

        Raises `InvalidArgumentError` for a path that does not start with `/`, and `StorageError`.
        """
        return self._tree.children(path)

    def walk(self, path: str = "/") -> Iterator[tuple[str, DriveItem]]:
        """Everything in a folder, at all depths, each with its path: a folder before its content,
        names in order. The folder itself is not included.

        It reads some hundred items at a time, so it needs little memory. What changes meanwhile may
        be seen or not.

        Raises `InvalidArgumentError` for a path that does not start with `/`, and `StorageError`.
        """
        return _items(self._tree.walk(path))

    def stats(self) -> MirrorStats:
        """The counters of the drive. Those of its stream of changes are zero: `MirrorSet.stats` has
        them.

        Raises `StorageError`.
        """
        return mirror_stats(self._tree.stats())

    def __repr__(self) -> str:
        return f"<{self._name} {self._resource}>"


def _items(walk: _native.Walk) -> Iterator[tuple[str, DriveItem]]:
    while chunk := walk.next_chunk():
        yield from chunk

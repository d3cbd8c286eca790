"""The paths of a drive, from the changes of its mirror."""

from __future__ import annotations

import json
from typing import Any

from drivebell import Change

Record = dict[str, Any]
"""A change, as `Change.to_json` writes it."""


def record_of(change: Change) -> Record:
    record = json.loads(change.to_json())
    assert isinstance(record, dict)
    return record


class Replay:
    """Applies changes to an empty table of paths. It accepts one that comes again, and no hole."""

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        """The id of the item at each path."""
        self.records: list[Record] = []
        """The changes, by sequence."""

    def apply(self, record: Record) -> None:
        sequence = record["sequence"]
        if sequence <= len(self.records):
            assert record == self.records[sequence - 1], "it comes again, and is another"
            return
        assert sequence == len(self.records) + 1, f"hole before {record}"
        self.records.append(record)
        path, item = record["path"], record["item"]["id"]
        match record["kind"]:
            case "created":
                assert path not in self.paths, record
                self.paths[path] = item
            case "deleted":
                assert self.paths[path] == item, record
                self._take(path)
            case "modified":
                assert self.paths[path] == item, record
            case "renamed" | "moved" if record.get("inherited"):
                # It has moved with its folder, whose change came before.
                assert self.paths[path] == item, record
            case "renamed" | "moved":
                old_path = record["old_path"]
                assert self.paths[old_path] == item, record
                taken = self._take(old_path)
                moved = {path + old[len(old_path) :]: it for old, it in taken.items()}
                assert not moved.keys() & self.paths.keys(), record
                self.paths |= moved
            case kind:
                raise AssertionError(f"unknown kind {kind}")

    def _take(self, path: str) -> dict[str, str]:
        """Removes a path, and what is below it."""
        below = f"{path}/"
        taken = {it: item for it, item in self.paths.items() if it == path or it.startswith(below)}
        for it in taken:
            del self.paths[it]
        return taken

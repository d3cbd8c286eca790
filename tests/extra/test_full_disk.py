"""A disk that fills up: a small file system, mounted by a user who is root in a namespace."""

from __future__ import annotations

from pathlib import Path

from change_streams import seeded
from filled_disk import fill_up

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def test_a_disk_that_fills_up(tmp_path: Path) -> None:
    with seeded(3000) as simulator:
        lines = fill_up(simulator, tmp_path, "disk", NAMESPACE)
    assert lines == ["disk_full", "disk_full", "3001 3000"]

"""Folders to build in, which have the dependencies that are built already, and nothing of ours."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator import REPOSITORY

BUILT = REPOSITORY / "target/fast"


@contextmanager
def build_folder(name: str) -> Iterator[Path]:
    """For CARGO_TARGET_DIR, with the profile `fast`. It is deleted at the end."""
    folder = REPOSITORY / "target" / name
    shutil.rmtree(folder, ignore_errors=True)
    for part in (".fingerprint", "build"):
        shutil.copytree(BUILT / part, folder / "fast" / part, ignore=_ours)
    (folder / "fast/deps").mkdir()
    for path in (BUILT / "deps").iterdir():
        if path.suffix in {".d", ".rlib", ".rmeta", ".so"} and not _ours("", [path.name]):
            os.link(path, folder / "fast/deps" / path.name)
    yield folder
    shutil.rmtree(folder)


def _ours(_folder: str, names: list[str]) -> set[str]:
    return {name for name in names if name.removeprefix("lib").startswith("drivebell")}

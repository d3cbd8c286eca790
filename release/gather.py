"""Checks that nothing is missing in a release: `python -m release.gather dist`.

Writes the file SHA256SUMS, of which the attestations are made.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from .artefacts import Sources, of_target
from .targets import published

SUMS = "SHA256SUMS"


def expected(folder: Path) -> set[Path]:
    files = set(Sources(folder).files)
    for target in published():
        files.update(of_target(target, folder).files)
    return files


def problems(folder: Path) -> list[str]:
    """What is missing, and what is there too much: it would be published as well."""
    there = {path for path in folder.iterdir() if path.name != SUMS}
    wanted = expected(folder)
    return [
        *(f"missing: {path.name}" for path in sorted(wanted - there)),
        *(f"not expected: {path.name}" for path in sorted(there - wanted)),
    ]


def write_sums(folder: Path) -> None:
    """In the form that `sha256sum --check` reads."""
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(folder.iterdir())
        if path.name != SUMS
    ]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def main() -> None:
    folder = Path(sys.argv[1])
    found = problems(folder)
    if found:
        sys.exit("\n".join([*found, "this is not a whole release"]))
    write_sums(folder)
    print(f"{len(expected(folder))} artefacts are there")


if __name__ == "__main__":
    main()

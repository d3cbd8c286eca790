"""Checks locks and versions, and counts `unsafe`: `python -m supply.check`."""

from __future__ import annotations

import sys

from . import locks, npm_packages, rust_versions, unsafe_code, versions
from .crates import REPOSITORY, metadata


def main() -> None:
    found = [
        *locks.problems(REPOSITORY),
        *npm_packages.problems(REPOSITORY),
        *rust_versions.problems(metadata()),
        *unsafe_code.problems(REPOSITORY),
        *versions.problems(REPOSITORY),
    ]
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(f"{len(found)} problems of the supply chain")
    print(
        "every dependency is locked with its hash, and builds with the oldest Rust promised; "
        "all packages have one version; no shipped code is unsafe"
    )


if __name__ == "__main__":
    main()

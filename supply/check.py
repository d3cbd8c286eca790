"""Checks locks and versions, and counts `unsafe`: `python -m supply.check`."""

from __future__ import annotations

import sys

from . import locks, npm_packages, unsafe_code
from .crates import REPOSITORY


def main() -> None:
    found = [
        *locks.problems(REPOSITORY),
        *npm_packages.problems(REPOSITORY),
        *unsafe_code.problems(REPOSITORY),
    ]
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(f"{len(found)} problems of the supply chain")
    print("every dependency is locked with its hash, and no shipped code is unsafe")


if __name__ == "__main__":
    main()

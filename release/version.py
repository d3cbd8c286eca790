"""Prints the version that would be published: `python -m release.version`."""

from __future__ import annotations

from supply.crates import REPOSITORY
from supply.npm_packages import workspace


def version() -> str:
    """Said in the workspace's Cargo.toml, and checked elsewhere."""
    return str(workspace(REPOSITORY)["version"])


if __name__ == "__main__":
    print(version())

"""Prints the version that would be published: `python -m release.version`."""

from __future__ import annotations

import tomllib
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def version() -> str:
    """Said in the workspace's Cargo.toml, and checked elsewhere."""
    manifest = tomllib.loads((REPOSITORY / "Cargo.toml").read_text(encoding="utf-8"))
    return str(manifest["workspace"]["package"]["version"])


if __name__ == "__main__":
    print(version())

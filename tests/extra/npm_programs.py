"""Programs that npm installs for the tests: other run times, bundlers, and a driver of browsers."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

from simulator import REPOSITORY

FOLDER = REPOSITORY / "tests/extra/node"
MODULES = FOLDER / "node_modules"


def installed(path: str) -> Path:
    """A file or program in the folder of npm's packages."""
    found = MODULES / path
    assert found.exists(), f"{found} is missing: `make test-extra` installs it"
    return found


def node(version: int) -> Path:
    """Another version of Node than the one that runs everything else."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return installed(f"node{version}-{sys.platform}-{machine}/bin/node")

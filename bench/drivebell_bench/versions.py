"""What exactly was measured."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
import tomllib
from functools import cache
from importlib.metadata import version as python
from pathlib import Path

from .paths import BENCH, CLIENTS

__all__ = [
    "crate",
    "drivebell",
    "languages",
    "machine",
    "node",
    "python",
    "python_sqlite",
    "system",
]


def drivebell() -> str:
    return f"{crate('drivebell')}, commit {_output('git', 'rev-parse', '--short=10', 'HEAD')}"


@cache
def crate(name: str) -> str:
    """The newest one: peers may depend on an older one too."""
    lock = tomllib.loads((BENCH / "Cargo.lock").read_text())
    # Sorted by version.
    *_, version = (each["version"] for each in lock["package"] if each["name"] == name)
    assert isinstance(version, str)
    return version


@cache
def node(name: str) -> str:
    lock = json.loads((CLIENTS / "node/package-lock.json").read_text())
    version: str = lock["packages"][f"node_modules/{name}"]["version"]
    return version


def python_sqlite() -> str:
    return sqlite3.sqlite_version


def languages() -> dict[str, str]:
    return {
        "Rust": _output("rustc", "--version").split()[1],
        "Python": platform.python_version(),
        "Node": _output("node", "--version").removeprefix("v"),
    }


def system() -> str:
    return f"{platform.system()} {platform.machine()}"


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    processor = next(names, "an unnamed processor")
    release = platform.release().split("-")[0]
    return (
        f"{processor}, {os.cpu_count()} cores, {platform.machine()}, {platform.system()} {release}"
    )


def _output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=BENCH)
    return done.stdout.strip()

"""Whether the lock files leave a package open to change."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REQUIREMENTS = (
    "requirements-dev.txt",
    "bench/requirements.txt",
    "examples/python/otel/requirements.txt",
    "examples/python/requirements.txt",
    "release/requirements.txt",
    "release/runtimes/musl.txt",
    "tests/fleet/nats/oldest.txt",
    "tests/fleet/nats/too-old.txt",
)
REGISTRY = "registry+https://github.com/rust-lang/crates.io-index"


def problems(repository: Path) -> Iterator[str]:
    for path in npm_locks(repository):
        name = path.relative_to(repository)
        missing = without_integrity(json.loads(path.read_text(encoding="utf-8")))
        yield from (f"{name}: {key} has no integrity; run `make lock`" for key in missing)
    for path in _listed(repository, "Cargo.lock"):
        lock = tomllib.loads(path.read_text(encoding="utf-8"))
        for package in unlocked(lock):
            yield f"{path.relative_to(repository)}: {package} is of no registry, or has no checksum"
    for listed in REQUIREMENTS:
        requirements = (repository / listed).read_text(encoding="utf-8")
        yield from (
            f"{listed}: {line} has no hash; run `make lock`" for line in unhashed(requirements)
        )


def npm_locks(repository: Path) -> list[Path]:
    return _listed(repository, "package-lock.json")


def without_integrity(lock: dict[str, Any]) -> list[str]:
    """The entries of an npm lock that come from the registry and have no integrity."""
    packages: dict[str, dict[str, Any]] = lock["packages"]
    return [
        key
        for key, entry in packages.items()
        if "node_modules/" in key and "integrity" not in entry and not entry.get("link")
    ]


def npm_name(key: str, entry: dict[str, Any]) -> str:
    """An alias has another name in the registry."""
    return str(entry.get("name", key.rpartition("node_modules/")[2]))


def unlocked(lock: dict[str, Any]) -> list[str]:
    """The crates of a Cargo lock that are neither ours nor fixed by a checksum of the registry."""
    return [
        package["name"]
        for package in lock["package"]
        if "source" in package and (package["source"] != REGISTRY or "checksum" not in package)
    ]


def unhashed(requirements: str) -> list[str]:
    """The lines of a requirements file that pip would install without a hash."""
    joined = re.sub(r"\\\n\s*", " ", requirements)
    lines = [line.partition(" #")[0].strip() for line in joined.splitlines()]
    return [
        line.split()[0]
        for line in lines
        if line and not line.startswith(("#", "--hash"))
        if "==" not in line or "--hash=sha256:" not in line
    ]


def _listed(repository: Path, name: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", name, f"*/{name}"],
        cwd=repository,
        check=True,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    return [repository / line for line in listed.stdout.splitlines()]

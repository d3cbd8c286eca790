"""Whether the packages of npm have the version of the workspace, and know the same platforms."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

MANIFESTS = ("bindings-node/package.json", "simulator/npm/package.json")
LOCK = "bindings-node/package-lock.json"
LOADER = "bindings-node/lib/runtime/platform-packages.ts"


def problems(repository: Path) -> Iterator[str]:
    version = workspace(repository)["version"]
    for where, found in _versions(repository):
        if found != version:
            yield f"{where} has version {found}, and Cargo.toml {version}"


def targets(repository: Path) -> list[str]:
    """The one list of the platforms for which there are addons and programs."""
    napi: dict[str, list[str]] = _json(repository / MANIFESTS[0])["napi"]
    return napi["targets"]


def _versions(repository: Path) -> Iterator[tuple[str, str | None]]:
    for path in MANIFESTS:
        yield path, _json(repository / path).get("version")
    peers = _json(repository / MANIFESTS[0])["peerDependencies"]
    yield f"{MANIFESTS[0]}: drivebell-simulator", peers["drivebell-simulator"]
    lock = _json(repository / LOCK)
    yield LOCK, lock["version"]
    yield f"{LOCK}: the package", lock["packages"][""]["version"]
    peers = lock["packages"][""]["peerDependencies"]
    yield f"{LOCK}: drivebell-simulator", peers["drivebell-simulator"]
    loader = (repository / LOADER).read_text(encoding="utf-8")
    declared = re.search(r"^export const VERSION = '(.+)'$", loader, re.MULTILINE)
    yield LOADER, declared and declared[1]


def workspace(repository: Path) -> dict[str, Any]:
    manifest = tomllib.loads((repository / "Cargo.toml").read_text(encoding="utf-8"))
    package: dict[str, Any] = manifest["workspace"]["package"]
    return package


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))

"""Whether everything that is released together names the version of the workspace."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def problems(repository: Path) -> Iterator[str]:
    workspace = _toml(repository / "Cargo.toml")["workspace"]
    version = workspace["package"]["version"]
    for where, found, wanted in _said(repository, workspace, version):
        if found != wanted:
            yield f"{where} is {found}, and must be {wanted}: Cargo.toml has version {version}"


def _said(
    repository: Path, workspace: dict[str, Any], version: str
) -> Iterator[tuple[str, object, object]]:
    for name, dependency in workspace["dependencies"].items():
        if "path" in dependency:
            yield f"Cargo.toml: {name}", dependency.get("version"), f"={version}"
    for member in workspace["members"]:
        package = _toml(repository / member / "Cargo.toml")["package"]
        yield f"{member}/Cargo.toml: version", package.get("version"), {"workspace": True}
    for path in ("pyproject.toml", "simulator/pyproject.toml"):
        project = _toml(repository / path)["project"]
        # maturin takes it from the crate.
        yield f"{path}: dynamic", project.get("dynamic"), ["version"]
    testing = _toml(repository / "pyproject.toml")["project"]["optional-dependencies"]["testing"]
    yield "pyproject.toml: testing", testing, [f"drivebell-simulator=={version}"]


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))

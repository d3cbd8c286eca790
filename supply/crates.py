"""The crates that are linked into the wheel and into the addon."""

from __future__ import annotations

import json
import subprocess
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import npm_packages

REPOSITORY = Path(__file__).resolve().parent.parent

# The platforms that a package may be built for. Each links some crates of its own.
TARGETS = sorted([*npm_packages.targets(REPOSITORY), "x86_64-pc-windows-gnu"])


@dataclass(frozen=True, order=True)
class Crate:
    """A crate of a version. `folder` has its source."""

    name: str
    version: str
    licence: str = field(compare=False)
    authors: tuple[str, ...] = field(compare=False)
    repository: str | None = field(compare=False)
    checksum: str | None = field(compare=False)
    folder: Path = field(compare=False)
    is_ours: bool = field(compare=False)

    @property
    def purl(self) -> str:
        return f"pkg:cargo/{self.name}@{self.version}"


@dataclass(frozen=True)
class Linked:
    """What one package links, and which crate uses which."""

    root: Crate
    crates: list[Crate]
    uses: dict[Crate, list[Crate]]


def metadata() -> dict[str, Any]:
    """What cargo knows of the workspace and all that it may use."""
    known: dict[str, Any] = json.loads(_cargo("metadata", "--format-version", "1"))
    return known


def linked(built_from: str) -> Linked:
    """The crates in the library or program that is built from this crate, on any platform."""
    all_crates = metadata()
    checksums = _checksums()
    crates = {package["id"]: _crate(package, checksums) for package in all_crates["packages"]}
    names = _names(built_from)
    present = {key: crate for key, crate in crates.items() if (crate.name, crate.version) in names}
    uses = {
        present[node["id"]]: sorted(
            {
                present[other["pkg"]]
                for other in node["deps"]
                if other["pkg"] in present
                and any(kind["kind"] is None for kind in other["dep_kinds"])
            }
        )
        for node in all_crates["resolve"]["nodes"]
        if node["id"] in present
    }
    root = next(crate for crate in present.values() if crate.name == built_from)
    return Linked(root, sorted(present.values()), uses)


def _names(built_from: str) -> set[tuple[str, str]]:
    """Names and versions. `cargo tree` knows which features this crate alone enables; a macro runs
    at build time, and is not linked."""
    targets = [word for target in TARGETS for word in ("--target", target)]
    edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"]
    lines = _cargo("tree", "--package", built_from, *targets, *edges).splitlines()
    words = [line.split() for line in lines if line]
    return {(name, version.removeprefix("v")) for name, version, *_ in words}


def _crate(package: dict[str, Any], checksums: dict[tuple[str, str], str]) -> Crate:
    key = (package["name"], package["version"])
    return Crate(
        *key,
        # An older spelling.
        licence=package["license"].replace("/", " OR "),
        authors=tuple(package["authors"]),
        repository=package["repository"],
        checksum=checksums.get(key),
        folder=Path(package["manifest_path"]).parent,
        is_ours=package["source"] is None,
    )


def _checksums() -> dict[tuple[str, str], str]:
    lock = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())
    return {
        (package["name"], package["version"]): package["checksum"]
        for package in lock["package"]
        if "checksum" in package
    }


def _cargo(command: str, *arguments: str) -> str:
    whole = ["cargo", command, "--locked", "--quiet", *arguments]
    return subprocess.run(
        whole, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout

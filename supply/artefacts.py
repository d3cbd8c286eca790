"""Checks what is to be published: `make dist-check` does.

No path of the building machine may be in it, and the notices and the bill of materials must be.
"""

from __future__ import annotations

import json
import os
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from .crates import REPOSITORY

BUILT = re.compile(
    r"\.(so|pyd|node|dylib)$"
    r"|/scripts/drivebell-simulator[^/]*$"
    r"|^package/drivebell-simulator(\.exe)?$"
    r"|^drivebell-[^/]+/drivebell(-fleet)?(\.exe)?$"
)
NEEDED = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES", ".cdx.json")


def problems(artefact: Path) -> Iterator[str]:
    files = dict(contents(artefact))
    yield from _always(artefact, files, NEEDED)
    is_built = any(BUILT.search(file) for file in files)
    manifest = json.loads(files.get("package/package.json", b"{}"))
    # The package that npm's packages for platforms belong to, and that names them.
    if "optionalDependencies" in manifest:
        if is_built:
            yield f"{artefact.name} has a library or a program, which packages of platforms have"
    elif not is_built:
        yield f"{artefact.name} has neither a library nor a program"
    yield from (
        f"{artefact.name}: its package.json has {name}"
        for name in ("devDependencies", "scripts")
        if name in manifest
    )


def source_problems(artefact: Path) -> Iterator[str]:
    """The same for a source distribution or a crate, in which nothing is built. A crate contains
    nothing of others either."""
    files = dict(contents(artefact))
    yield from _always(artefact, files, NEEDED[:2] if artefact.suffix == ".crate" else NEEDED)


def _always(artefact: Path, files: dict[str, bytes], needed: Sequence[str]) -> Iterator[str]:
    for name in needed:
        if not any(file.endswith(name) for file in files):
            yield f"{artefact.name} has no {name}"
    paths = machine_paths()
    for file, content in files.items():
        for path in paths:
            if path in content:
                yield f"{artefact.name}: {file} contains {path.decode()}"


def machine_paths() -> list[bytes]:
    """The folders of this machine from which it builds."""
    home = Path.home()
    folders = [home / ".cargo", home / ".rustup", REPOSITORY]
    folders += [
        Path(os.environ[name]) for name in ("CARGO_HOME", "RUSTUP_HOME") if name in os.environ
    ]
    # As short as `/` or `/root`, a home is in many texts.
    if len(home.parts) > 2:
        folders.append(home)
    return sorted({str(folder).encode() for folder in folders})


def contents(artefact: Path) -> Iterator[tuple[str, bytes]]:
    """The files in a wheel or another archive."""
    if artefact.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(artefact) as archive:
            yield from ((name, archive.read(name)) for name in archive.namelist())
        return
    with tarfile.open(artefact) as archive:
        for member in archive:
            if file := archive.extractfile(member):
                yield member.name, file.read()

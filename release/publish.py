"""Sends packages to npm or crates.io: `python -m release.publish npm|crates [--dry-run]`.

PyPI's own action sends the wheels. What a registry has already in this version is left out, so that
a release that failed in the middle can be started again.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from supply.crates import REPOSITORY

from .version import version

DIST = REPOSITORY / "dist"


def npm_packages(folder: Path) -> list[Path]:
    """The tarballs of npm, each after those that it names: a package that can be installed must
    find its parts."""
    manifests = {path: found for path in sorted(folder.glob("*.tgz")) if (found := _manifest(path))}
    return sorted(manifests, key=lambda path: (_needs(manifests[path]), path.name))


def _needs(manifest: dict[str, Any]) -> bool:
    return bool(manifest.get("optionalDependencies"))


def _manifest(tarball: Path) -> dict[str, Any] | None:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile("package/package.json")
        return None if file is None else json.load(file)


def publish_npm(folder: Path, *, dry_run: bool) -> None:
    packages = npm_packages(folder)
    if not packages:
        sys.exit(f"there is no package of npm in {folder}: run `make dist-sources dist`")
    for path in packages:
        manifest = _manifest(path) or {}
        if not dry_run and _is_on_npm(f"{manifest['name']}@{manifest['version']}"):
            print(f"{path.name}: npm has it already")
            continue
        _run(["npm", "publish", str(path), "--access", "public", *_flag(dry_run)])


def _is_on_npm(package: str) -> bool:
    asked = subprocess.run(
        ["npm", "view", package, "version"], capture_output=True, text=True, check=False
    )
    if asked.returncode and "E404" not in asked.stderr:
        sys.exit(f"npm does not say whether it has {package}: {asked.stderr}")
    return asked.returncode == 0 and bool(asked.stdout.strip())


def publish_crates(*, dry_run: bool) -> None:
    """In the order of their dependencies, which cargo knows."""
    left_out: list[str] = []
    for name in published_crates():
        if not dry_run and _is_on_crates_io(name):
            print(f"{name}: crates.io has it already")
            left_out += ["--exclude", name]
    if len(left_out) == 2 * len(published_crates()):
        return
    _run(["cargo", "publish", "--workspace", "--locked", *left_out, *_flag(dry_run)])


def published_crates() -> list[str]:
    told = subprocess.run(
        ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    packages = json.loads(told.stdout)["packages"]
    # Cargo's form of `publish = false`.
    return sorted(package["name"] for package in packages if package["publish"] != [])


def _is_on_crates_io(name: str) -> bool:
    asked = subprocess.run(
        ["cargo", "info", "--registry", "crates-io", f"{name}@{version()}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode and "could not find" not in asked.stderr:
        sys.exit(f"crates.io does not say whether it has {name}: {asked.stderr}")
    return asked.returncode == 0


def _flag(dry_run: bool) -> Iterable[str]:
    return ["--dry-run"] if dry_run else []


def _run(command: list[str]) -> None:
    print("$", *command, flush=True)
    subprocess.run(command, cwd=REPOSITORY, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="release.publish", description=__doc__)
    parser.add_argument("registry", choices=["npm", "crates"])
    parser.add_argument("--dry-run", action="store_true", help="send nothing")
    given = parser.parse_args()
    if given.registry == "npm":
        publish_npm(DIST, dry_run=given.dry_run)
    else:
        publish_crates(dry_run=given.dry_run)


if __name__ == "__main__":
    main()

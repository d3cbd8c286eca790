"""The crates as the registry gets them: complete, and built with their tests from that alone."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import pytest
from build_folders import build_folder
from cargo_profile import fast_profile

from simulator import REPOSITORY
from supply.artefacts import source_problems

CRATES = [
    "drivebell",
    "drivebell-mirror",
    "drivebell-store",
    "drivebell-fleet",
    "drivebell-cli",
    "drivebell-simulator",
]


@pytest.fixture(scope="module")
def crates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The unpacked crates."""
    target = tmp_path_factory.mktemp("target")
    command = ["cargo", "package", "--locked", "--allow-dirty", "--no-verify", "--quiet"]
    command += [word for crate in CRATES for word in ("--package", crate)]
    environment = os.environ | {"CARGO_TARGET_DIR": str(target)}
    subprocess.run(command, cwd=REPOSITORY, env=environment, check=True)
    folder = tmp_path_factory.mktemp("crates")
    unpacked = {}
    for name in CRATES:
        (path,) = (target / "package").glob(f"{name}-[0-9]*.crate")
        assert list(source_problems(path)) == []
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
        unpacked[name] = folder / path.stem
    return unpacked


def manifest(folder: Path) -> Any:
    return tomllib.loads((folder / "Cargo.toml").read_text(encoding="utf-8"))


def test_only_these_crates_are_published() -> None:
    members: list[str] = manifest(REPOSITORY)["workspace"]["members"]
    packages = [manifest(REPOSITORY / member)["package"] for member in members]
    published = {package["name"] for package in packages if package.get("publish", True)}
    assert published == set(CRATES)


@pytest.mark.parametrize("name", CRATES)
def test_a_crate_has_what_the_registry_shows(name: str, crates: dict[str, Path]) -> None:
    folder = crates[name]
    for file in ("LICENSE-APACHE", "LICENSE-MIT"):
        assert (folder / file).read_text() == (REPOSITORY / file).read_text()
    assert (
        (folder / "README.md").read_text(encoding="utf-8").startswith(f"# {name}".split("-cli")[0])
    )
    # The registry does not know the files beside it.
    links = re.findall(r"\]\(([^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert all(link.startswith(("https://", "#")) for link in links)
    package = manifest(folder)["package"]
    for key in ("description", "homepage", "repository", "license", "keywords", "categories"):
        assert package[key], key
    assert package["metadata"]["docs"]["rs"]
    # Underscores say that a feature is none of the public ones.
    features = manifest(folder).get("features", {})
    assert all(feature.startswith("__") for feature in features), features


def test_the_crates_and_their_tests_build_from_what_is_published(crates: dict[str, Path]) -> None:
    workspace = crates["drivebell"].parent
    patches = "\n".join(f'{name} = {{ path = "{path}" }}' for name, path in crates.items())
    (workspace / "Cargo.toml").write_text(
        f"""
        [workspace]
        resolver = "3"
        members = {[path.name for path in crates.values()]}
        [patch.crates-io]
        {patches}
        """
        + fast_profile()
    )
    shutil.copy(REPOSITORY / "Cargo.lock", workspace)
    command = ["cargo", "check", "--all-targets", "--profile", "fast"]
    command += [word for name in CRATES for word in ("--package", name)]
    with build_folder("crates") as folder:
        environment = os.environ | {"CARGO_TARGET_DIR": str(folder)}
        subprocess.run(command, cwd=workspace, env=environment, check=True)

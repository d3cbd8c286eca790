"""Source distributions build and install elsewhere than in the checkout, or say what is missing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tarfile
import tomllib
import venv
from pathlib import Path
from typing import Any

import pytest
from build_folders import build_folder

from simulator import REPOSITORY
from supply.artefacts import source_problems

PACKAGES = {"drivebell": "pyproject.toml", "drivebell_simulator": "simulator/pyproject.toml"}
CRATES = {"drivebell": "bindings-python", "drivebell_simulator": "simulator"}
FIRST_PROGRAM = """
from drivebell import Resource
from drivebell.testing import SyncSimulator

with SyncSimulator() as simulator, simulator.client() as client:
    with client.subscribe(Resource.my_drive()) as sub:
        simulator.upload("/report.txt", "content")
        while sub.next(timeout=60).kind != "changed":
            pass
        print("changed")
"""


@pytest.fixture(scope="module")
def sdists(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sdists")
    maturin = Path(sys.executable).with_name("maturin")
    for crate in CRATES.values():
        manifest = REPOSITORY / crate / "Cargo.toml"
        command: list[str | Path] = [maturin, "sdist", "--manifest-path", manifest, "--out", folder]
        subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    for path in folder.iterdir():
        assert list(source_problems(path)) == []
    return {path.name.split("-")[0]: path for path in folder.iterdir()}


def locked(lock: Path) -> set[tuple[str, str, str | None]]:
    packages: list[dict[str, Any]] = tomllib.loads(lock.read_text(encoding="utf-8"))["package"]
    return {(crate["name"], crate["version"], crate.get("checksum")) for crate in packages}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_source_distribution_builds_the_versions_of_our_lock(
    package: str, sdists: dict[str, Path], tmp_path: Path
) -> None:
    with tarfile.open(sdists[package]) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    # As cargo does when it builds: it drops the crates that are not needed there.
    subprocess.run(
        ["cargo", "metadata", "--format-version", "1"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    names = {name for name, _, _ in locked(folder / "Cargo.lock")}
    assert {"tokio", "rustls"} <= names
    assert "napi" not in names
    assert locked(folder / "Cargo.lock") <= locked(REPOSITORY / "Cargo.lock")


def test_both_are_installed_and_used_elsewhere(sdists: dict[str, Path], tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv/bin"
    with build_folder("sdists") as folder:
        subprocess.run(
            [
                *(programs / "pip", "install", "--disable-pip-version-check", "--no-cache-dir"),
                *("--config-settings", "build-args=--profile fast"),
                *(f"{sdists['drivebell']}[testing]", sdists["drivebell_simulator"]),
            ],
            cwd=tmp_path,
            env=os.environ | {"CARGO_TARGET_DIR": str(folder)},
            check=True,
        )
    script = tmp_path / "first.py"
    script.write_text(FIRST_PROGRAM, encoding="utf-8")
    python = programs / "python"
    result = subprocess.run([python, script], check=True, stdout=subprocess.PIPE, timeout=60)
    assert result.stdout == b"changed\n"
    subprocess.run([programs / "drivebell", "--version"], check=True)
    # Built in another folder, they are the same to the last byte.
    for built in ("bin/drivebell-simulator", "lib/*/site-packages/drivebell/_native.abi3.so"):
        (elsewhere,), (here,) = (tmp_path / "venv").glob(built), Path(sys.prefix).glob(built)
        assert digest(elsewhere) == digest(here), built


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def install_without_isolation(sdist: Path, path: Path, folder: Path) -> str:
    """What pip says when it fails, with these programs alone on the PATH."""
    python = sys.executable
    result = subprocess.run(
        [
            *(python, "-m", "pip", "install", "--disable-pip-version-check", "--no-cache-dir"),
            *("--no-build-isolation", "--no-deps", "--target", folder / "installed", sdist),
        ],
        env={"PATH": str(path), "HOME": str(folder)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr + result.stdout
    return " ".join((result.stderr + result.stdout).split())


@pytest.mark.parametrize("package", PACKAGES)
def test_without_rust_pip_says_what_to_do(
    package: str, sdists: dict[str, Path], tmp_path: Path
) -> None:
    said = install_without_isolation(sdists[package], tmp_path / "nothing", tmp_path)
    name = package.replace("_", "-")
    needed = "1.94" if name == "drivebell-simulator" else "1.89"
    assert f"Building {name} from source needs Rust {needed} or newer and a C compiler." in said
    assert "There is no `cargo` on the PATH." in said
    assert "Install Rust from https://rustup.rs" in said
    assert "pip install --upgrade pip" in said


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("cargo 1.63.0 (fd9c4297c 2022-07-01)", "{cargo} is 1.63."),
        ("cargo 1.95.0 (f2d3ce0bd 2026-03-21)", "There is none of cc, gcc, clang on the PATH."),
    ],
)
def test_an_old_rust_or_a_missing_compiler_is_named(
    version: str, problem: str, sdists: dict[str, Path], tmp_path: Path
) -> None:
    cargo = tmp_path / "cargo"
    cargo.write_text(f"#!/bin/sh\necho '{version}'\n")
    cargo.chmod(0o755)
    said = install_without_isolation(sdists["drivebell"], tmp_path, tmp_path)
    assert problem.format(cargo=cargo) in said


@pytest.mark.parametrize("package", PACKAGES)
def test_an_index_learns_which_pythons_are_served(package: str, sdists: dict[str, Path]) -> None:
    with tarfile.open(sdists[package]) as archive:
        (name,) = {
            name for name in archive.getnames() if name.count("/") == 1 and "PKG-INFO" in name
        }
        information = archive.extractfile(name)
        assert information is not None
        lines = information.read().decode().splitlines()
    # pip on Python 3.10 names the versions that it ignores for this reason.
    assert "Requires-Python: >=3.11" in lines
    assert "Classifier: Programming Language :: Python :: 3.11" in lines
    assert "License-Expression: MIT OR Apache-2.0" in lines
    for label in ("Documentation", "Changelog", "Issues"):
        assert any(line.startswith(f"Project-URL: {label}, https://") for line in lines)

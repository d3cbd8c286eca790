"""What pip calls to build drivebell or its simulator from source: maturin, once there is Rust.

Without Rust, maturin's own backend would download an installer and run it unasked, or end in a
traceback.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import maturin

COMPILERS = ("cc", "gcc", "clang")
Settings = Mapping[str, Any] | None

ADVICE = """\
Building {name} from source needs Rust {needed} or newer and a C compiler. {problem}

Install Rust from https://rustup.rs, and the C compiler with the packages of your system. Then run
the same command again.

You may not need it: there are wheels for Linux, macOS and Windows on the usual processors, for
Python 3.11 and newer. An old pip does not find them. First try `pip install --upgrade pip`."""


def get_requires_for_build_wheel(config_settings: Settings = None) -> list[str]:
    require_rust()
    return list(maturin.get_requires_for_build_wheel(config_settings))


def get_requires_for_build_editable(config_settings: Settings = None) -> list[str]:
    require_rust()
    return list(maturin.get_requires_for_build_editable(config_settings))


def get_requires_for_build_sdist(config_settings: Settings = None) -> list[str]:
    require_rust()
    return list(maturin.get_requires_for_build_sdist(config_settings))


def prepare_metadata_for_build_wheel(folder: str, config_settings: Settings = None) -> str:
    require_rust()
    return str(maturin.prepare_metadata_for_build_wheel(folder, config_settings))


def prepare_metadata_for_build_editable(folder: str, config_settings: Settings = None) -> str:
    require_rust()
    return str(maturin.prepare_metadata_for_build_editable(folder, config_settings))


def build_wheel(folder: str, config_settings: Settings = None, metadata: str | None = None) -> str:
    require_rust()
    return str(maturin.build_wheel(folder, config_settings, metadata))


def build_editable(
    folder: str, config_settings: Settings = None, metadata: str | None = None
) -> str:
    require_rust()
    return str(maturin.build_editable(folder, config_settings, metadata))


def build_sdist(folder: str, config_settings: Settings = None) -> str:
    require_rust()
    return str(maturin.build_sdist(folder, config_settings))


def require_rust() -> None:
    """Ends the build with what to do if there is no Rust, or one that is too old."""
    name, needed = needs()
    if problem := missing(needed):
        sys.exit(ADVICE.format(name=name, problem=problem, needed=needed))


def needs() -> tuple[str, str]:
    """The package in this folder, and the oldest Rust that builds it."""
    name = found(r'^name = "(.+)"', Path("pyproject.toml"))
    # A source distribution of the simulator has that of the workspace beside it.
    own = Path("simulator/Cargo.toml")
    manifest = own if name == "drivebell-simulator" and own.exists() else Path("Cargo.toml")
    return name, found(r'^rust-version = "(.+)"', manifest)


def found(pattern: str, path: Path) -> str:
    # Python 3.10 cannot read TOML, and gets as far as here.
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    assert match, f"{path} has no {pattern}"
    return match[1]


def missing(needed: str) -> str | None:
    cargo = shutil.which("cargo")
    if cargo is None:
        return "There is no `cargo` on the PATH."
    try:
        output = subprocess.check_output([cargo, "--version"], text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"`cargo --version` failed: {error}."
    version = re.search(r"\d+\.\d+", output)
    if version and numbers(version[0]) < numbers(needed):
        return f"{cargo} is {version[0]}."
    # On Windows, Rust finds the compiler without the PATH.
    if os.name == "posix" and "CC" not in os.environ and not any(map(shutil.which, COMPILERS)):
        return f"There is none of {', '.join(COMPILERS)} on the PATH."
    return None


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))

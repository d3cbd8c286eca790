"""The versions of Python and Node, and the other run times, that are on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from supply.crates import REPOSITORY

MODULES = Path(__file__).parent / "runtimes/node_modules"

_EXE = ".exe" if os.name == "nt" else ""

PYTHON_NAMES = ["3.11", "3.12", "3.13", "3.14", "3.14t", "3.15", "3.15t"]

ABOUT_PYTHON = (
    "import sys, sysconfig; "
    "free = 't' if sysconfig.get_config_var('Py_GIL_DISABLED') else ''; "
    "print('%d.%d' % sys.version_info[:2] + free)"
)

DENO_OPTIONS = (
    "--quiet",
    "--node-modules-dir=manual",
    "--allow-env",
    "--allow-ffi",
    "--allow-net=127.0.0.1",
    "--allow-read",
    "--allow-run",
    "--allow-sys",
    "--allow-write",
)


@dataclass(frozen=True)
class Runtime:
    """A program that runs programs."""

    name: str
    """As in `python-3.13`."""
    program: Path
    options: tuple[str, ...] = ()
    """Before the file that it runs."""
    environment: tuple[tuple[str, str], ...] = ()


def native_pythons() -> tuple[Runtime, ...]:
    """One of each version, the oldest first: of PATH, of pyenv, and this one."""
    found: dict[str, Path] = {}
    for program in _python_programs():
        version = _said(program, "-c", ABOUT_PYTHON)
        if version in PYTHON_NAMES:
            found.setdefault(version, program)
    return tuple(
        Runtime(f"python-{version}", found[version]) for version in PYTHON_NAMES if version in found
    )


def _python_programs() -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    # Its programs in PATH start only the version that a folder chooses.
    folders = [
        folder
        for folder in os.environ["PATH"].split(os.pathsep)
        if folder and not Path(folder).is_relative_to(pyenv)
    ]
    folders += [str(path) for path in sorted(pyenv.glob("versions/*/bin"), reverse=True)]
    for name in PYTHON_NAMES:
        for folder in folders:
            if program := shutil.which(f"python{name}", path=folder):
                yield Path(program)
    # Windows has no names with versions. These are what setup-python of GitHub installs.
    tools = Path(os.environ.get("RUNNER_TOOL_CACHE", os.devnull))
    yield from sorted(tools.glob("Python/*/*/python.exe"), reverse=True)
    yield Path(sys.executable)


def native_nodes() -> tuple[Runtime, ...]:
    """Each version of Node, then Bun and Deno: of npm's packages in `runtimes`, and of PATH."""
    found: dict[str, Runtime] = {}
    programs = [MODULES / f"node{version}/bin/node" for version in (20, 22, 24)]
    if node := shutil.which("node"):
        programs.append(Path(node))
    for program in programs:
        if program.exists() and (version := _said(program, "--version")):
            name = f"node-{version.removeprefix('v').split('.')[0]}"
            found.setdefault(name, Runtime(name, program))
    for name, options in (("bun", ("run",)), ("deno", ("run", *DENO_OPTIONS))):
        # What their packages start is put into place by scripts, which npm runs only when told to.
        for program in MODULES.glob(f"@*/*/**/{name}{_EXE}"):
            found[name] = Runtime(name, program, options)
    return tuple(found.values())


def _said(program: Path, *arguments: str) -> str:
    """The first line that it prints, or nothing if it cannot be started."""
    try:
        done = subprocess.run(
            [program, *arguments],
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
            cwd=REPOSITORY,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.partition("\n")[0].strip()

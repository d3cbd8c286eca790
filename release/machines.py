"""How the programs of a platform are run on this machine."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .runtimes import Runtime, native_nodes, native_pythons
from .targets import Target

PROCESSORS = {"amd64": "x86_64", "arm64": "aarch64", "armv7l": "armv7", "riscv64": "riscv64gc"}
"""Where Python's name of this machine's processor is another one than Rust's."""
PROCESSORS |= {"ppc64le": "powerpc64le"}


class NoMachineError(Exception):
    """Programs of a target cannot be run here. The text says why."""


@dataclass(frozen=True)
class Machine:
    """Runs programs of one platform."""

    means: str
    """In words: `natively`, `under qemu`."""
    prefix: tuple[str, ...] = ()
    """What runs a program: this, then the program and its arguments."""
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None
    """The folder that programs see as `/`, if it is another one."""
    is_foreign: bool = False
    """Whether the kernel cannot start its programs: then programs cannot start each other."""
    pythons: tuple[Runtime, ...] = ()
    pip: Path | None = None
    """Its wheel, where a Python has no environments."""
    nodes: tuple[Runtime, ...] = ()
    runs_programs: bool = True
    """Whether the command line is to be used there."""
    missing: tuple[tuple[str, str], ...] = ()
    """What cannot be run here, and why."""

    def command(self, *words: str | Path) -> list[str]:
        return [*self.prefix, *(self.seen(word) for word in words)]

    def seen(self, word: str | Path) -> str:
        """A path as its programs see it."""
        if self.root is None or not isinstance(word, Path) or not word.is_relative_to(self.root):
            return str(word)
        return f"/{word.relative_to(self.root)}"

    def wrapper(self, program: Path, folder: Path) -> Path:
        """A program that starts another one of this platform, for who does not know how."""
        if not self.is_foreign:
            return program
        script = folder / f"run-{program.name}"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(program))} "$@"\n', "utf-8")
        script.chmod(0o755)
        return script


def host_triple_parts() -> tuple[str, str]:
    """The processor and the system of this machine, as in a triple."""
    machine = platform.machine().lower()
    system = {"win32": "windows"}.get(sys.platform, sys.platform)
    return PROCESSORS.get(machine, machine), system


def find_machines(target: Target, folder: Path) -> list[Machine]:
    """How to run what was built for a target. It may download an operating system to `folder`.

    Raises `NoMachineError` if that is not possible here.
    """
    from . import emulated  # noqa: PLC0415 - it knows this module

    processor, system = host_triple_parts()
    if (target.processor, target.system) == (processor, system) and not (
        target.is_musl or target.is_stand_in
    ):
        return [_native(), *_newer(folder, system)]
    if target.system == "darwin" or target.triple.endswith("-msvc"):
        name = {"darwin": "macOS", "windows": "Windows"}[target.system]
        raise NoMachineError(f"only {name} on {target.processor} runs it")
    if system != "linux":
        raise NoMachineError(f"{system} does not run it")
    if target.is_stand_in:
        return [emulated.wine(folder)]
    if target.is_musl:
        return [emulated.musl(target, folder, is_native=target.processor == processor)]
    return [emulated.qemu(target, folder)]


def _native() -> Machine:
    return Machine("natively", pythons=native_pythons(), nodes=native_nodes())


def _newer(folder: Path, system: str) -> list[Machine]:
    from . import emulated  # noqa: PLC0415 - it knows this module

    versions = {runtime.name for runtime in native_pythons()}
    names = [f"python-{version}" for version in emulated.NEW_PYTHONS]
    if system != "linux" or versions.issuperset(names):
        return []
    try:
        return [emulated.newer_pythons(folder)]
    except NoMachineError as error:
        missing = tuple((name, str(error)) for name in names)
        return [Machine("nowhere", runs_programs=False, missing=missing)]

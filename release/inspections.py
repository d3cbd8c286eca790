"""Looks into artefacts: with the tools of the registries, and for what those do not see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from supply.artefacts import contents, source_problems
from supply.artefacts import problems as supply_problems
from supply.crates import REPOSITORY

from . import elf
from .artefacts import Artefacts, Sources
from .compiler import tool
from .targets import Target

NODE_TOOLS = REPOSITORY / "bindings-node/node_modules/.bin"

MUSL_LIBRARIES = {"libc.so"}
"""What every process on musl has."""


NEWER_INTERFACE = {"PyModExport__native"}
"""Where a module for both kinds of Python begins. abi3audit takes it for a symbol of Python."""


def problems(sources: Sources, built: Sequence[Artefacts]) -> Iterator[str]:
    """What is wrong with these files, in sentences."""
    wheels = [wheel for each in built for wheel in (*each.wheels, each.simulator_wheel)]
    tarballs = [sources.npm_package, sources.simulator_npm_package]
    for each in built:
        yield from _symbols(each)
    for artefact in [*tarballs, *(file for each in built for file in each.files)]:
        yield from supply_problems(artefact)
    for artefact in (*sources.sdists, *sources.crates):
        yield from source_problems(artefact)
    yield from _of_tool([tool("twine"), "check", "--strict"], [*wheels, *sources.sdists])
    yield from _of_tool([tool("check-wheel-contents")], wheels)
    for wheel in wheels:
        yield from _stable_interface(wheel)
    for each in built:
        if each.target.glibc is not None:
            yield from _manylinux(each)
    for tarball in tarballs:
        yield from _of_tool([_node_tool("publint"), "--strict"], [tarball])
        yield from _of_tool([_node_tool("attw")], [tarball])
    for each in built:
        for tarball in (each.npm_package, each.simulator_npm_package):
            yield from _of_tool([_node_tool("publint"), "--strict"], [tarball])


def _symbols(artefacts: Artefacts) -> Iterator[str]:
    """Whether libraries and programs run on the oldest C library that they are for."""
    if artefacts.target.system != "linux":
        return
    for artefact in artefacts.files:
        for name, content in _binaries(artefact):
            for problem in symbol_problems(artefacts.target, content):
                yield f"{artefact.name}: {name} {problem}"


def symbol_problems(target: Target, content: bytes) -> Iterator[str]:
    """What a library or program asks of the C library and must not."""
    needed = elf.newest_glibc(content)
    if target.glibc is None:
        if needed is not None:
            yield f"needs glibc {_dotted(needed)}, and is for musl"
        others = set(elf.needed_libraries(content)) - MUSL_LIBRARIES
        if others:
            yield f"needs {', '.join(sorted(others))}"
        if elf.needs_loader(content):
            yield "is a program that is not static"
    elif needed is not None and needed > target.glibc:
        yield f"needs glibc {_dotted(needed)}, and must run on {_dotted(target.glibc)}"


def _binaries(artefact: Path) -> Iterator[tuple[str, bytes]]:
    for name, content in contents(artefact):
        if content.startswith(elf.MAGIC):
            yield name, content


def _stable_interface(wheel: Path) -> Iterator[str]:
    if "-abi3" not in wheel.name:
        return
    done = _run([tool("abi3audit"), "--report", str(wheel)], with_errors=False)
    (report,) = json.loads(done.stdout)["specs"].values()
    for library in report["wheel"]:
        result = library["result"]
        foreign = [name for name in result["non_abi3_symbols"] if name not in NEWER_INTERFACE]
        if foreign or not result["is_abi3_baseline_compatible"]:
            yield f"{wheel.name}: abi3audit refuses {library['name']}: {result}"


def _manylinux(artefacts: Artefacts) -> Iterator[str]:
    """auditwheel must find the platform that the name of a wheel promises."""
    promised = artefacts.target.wheel_platform.split(".")
    for wheel in artefacts.wheels:
        done = _run([tool("auditwheel"), "show", str(wheel)])
        if done.returncode != 0 or not any(f'"{name}"' in done.stdout for name in promised):
            yield f"{wheel.name}: auditwheel does not find {promised[0]}: {done.stdout}"


def _of_tool(command: list[str], files: Iterable[Path]) -> Iterator[str]:
    names = [str(file) for file in files]
    done = _run([*command, *names])
    if done.returncode != 0:
        yield f"{Path(command[0]).name} refuses {', '.join(names)}:\n{done.stdout}"


def _run(command: list[str], *, with_errors: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"NO_COLOR": "1", "COLUMNS": "1000"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if with_errors else subprocess.DEVNULL,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _node_tool(name: str) -> str:
    found = shutil.which(name, path=str(NODE_TOOLS))
    if found is None:
        raise FileNotFoundError(
            f"there is no {name} in {NODE_TOOLS}: run this by `make dist-check`"
        )
    return found


def _dotted(numbers: Iterable[int]) -> str:
    return ".".join(str(number) for number in numbers)

"""Builds what is published for a platform: `python -m release.build TRIPLE …`, or `make dist`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from supply.crates import REPOSITORY

from .archive import PROGRAMS
from .compiler import Compiler, NoCompilerError, find_compiler, tool
from .source_date import source_date_epoch
from .targets import (
    STAND_IN,
    WINDOWS_STAND_IN,
    Target,
    UnknownTargetError,
    find,
    published,
    target_folder,
)
from .wheels import BUILDS

PROFILES = ("release", "fast")
PACKAGES = (
    "drivebell-node",
    "drivebell-python",
    "drivebell-cli",
    "drivebell-fleet",
    "drivebell-simulator",
)


class Builder:
    def __init__(self, compiler: Compiler, profile: str, out: Path, target_folder: Path) -> None:
        self._compiler = compiler
        self._target = compiler.target
        self._profile = profile
        self._out = out / STAND_IN if self._target.is_stand_in else out
        self._target_folder = target_folder

    def build(self) -> None:
        """Builds and packs everything for the target."""
        self._out.mkdir(parents=True, exist_ok=True)
        self._build_libraries()
        self._build_programs()

    def check(self) -> None:
        """Compiles everything for the target, and links nothing."""
        environment = self._environment(for_libraries=False)
        command = ["cargo", "check", "--locked", "--profile", self._profile]
        command += ["--target", self._target.triple]
        command += [word for package in PACKAGES for word in ("--package", package)]
        self._run(command, environment)

    def _build_libraries(self) -> None:
        environment = self._environment(for_libraries=True)
        self._cargo(environment, "drivebell-node", "--lib")
        self._pack_for_npm("bindings-node/scripts/pack.mjs", self._target.library("drivebell_node"))
        environment = self._environment(for_libraries=True, for_maturin=True)
        for build in BUILDS:
            self._maturin(environment, REPOSITORY, *build.options)

    def _build_programs(self) -> None:
        environment = self._environment(for_libraries=False)
        for program in PROGRAMS.values():
            self._cargo(environment, program.crate, "--bins")
            built = self._built(self._target.program(program.name))
            command = [sys.executable, "-m", "release.archive", "--target", self._target.triple]
            command += ["--program", str(built), "--name", program.name, "--out", str(self._out)]
            self._run(command, environment)
        self._cargo(environment, "drivebell-simulator", "--bins")
        simulator = self._target.program("drivebell-simulator")
        self._pack_for_npm("simulator/npm/pack.mjs", simulator)
        self._maturin(environment, REPOSITORY / "simulator")

    def _environment(self, *, for_libraries: bool, for_maturin: bool = False) -> dict[str, str]:
        environment = self._compiler.environment(
            for_libraries=for_libraries, for_maturin=for_maturin
        )
        return environment | {"SOURCE_DATE_EPOCH": source_date_epoch()}

    def _built(self, name: str) -> Path:
        return self._target_folder / self._target.triple / self._profile / name

    def _cargo(self, environment: dict[str, str], package: str, kind: str) -> None:
        command = ["cargo", "build", "--locked", "--profile", self._profile]
        self._run([*command, "--target", self._target.triple, "-p", package, kind], environment)

    def _maturin(self, environment: dict[str, str], folder: Path, *options: str) -> None:
        command = [tool("maturin"), "build", "--locked", "--profile", self._profile]
        command += ["--target", self._target.triple, "--out", str(self._out)]
        command += ["--compatibility", self._target.compatibility, *options]
        self._run(command, environment, folder)

    def _pack_for_npm(self, script: str, built: str) -> None:
        command = ["node", script, "platform", self._target.published_triple]
        self._run([*command, str(self._built(built)), str(self._out)], dict(os.environ))

    def _run(
        self, command: Sequence[str], environment: dict[str, str], folder: Path = REPOSITORY
    ) -> None:
        # Windows finds programs in the PATH of this process, not in that of the new one.
        program = shutil.which(command[0], path=environment.get("PATH"))
        print("+", *command, file=sys.stderr, flush=True)
        subprocess.run(
            [program or command[0], *command[1:]], cwd=folder, env=environment, check=True
        )


def _scratch(target: Target) -> Path:
    return target_folder() / "dist" / target.triple


def buildable() -> list[Target]:
    """What this machine can build. It prints why it cannot build the others."""
    found = []
    for target in [*published(), find(WINDOWS_STAND_IN)]:
        try:
            find_compiler(target, _scratch(target))
        except NoCompilerError as error:
            print(f"not built here: {error}", file=sys.stderr)
        else:
            found.append(target)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="release.build", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TRIPLE", help="default: all that can be")
    parser.add_argument("--profile", choices=PROFILES, default="release")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "dist")
    parser.add_argument(
        "--only-check", action="store_true", help="compile without linking, also for macOS on Linux"
    )
    options = parser.parse_args(arguments)
    try:
        targets = [find(triple) for triple in options.targets] or buildable()
        compilers = [
            find_compiler(each, _scratch(each), links=not options.only_check) for each in targets
        ]
    except (NoCompilerError, UnknownTargetError) as error:
        sys.exit(str(error))
    for compiler in compilers:
        started = time.monotonic()
        builder = Builder(compiler, options.profile, options.out.resolve(), target_folder())
        if options.only_check:
            builder.check()
        else:
            builder.build()
        minutes = (time.monotonic() - started) / 60
        done = "checked" if options.only_check else "built"
        print(f"{done} {compiler.target.triple} in {minutes:.1f} minutes", file=sys.stderr)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} ends with {error.returncode}")

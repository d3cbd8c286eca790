"""Finds a compiler for a target, and the environment in which cargo and maturin use it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from supply.crates import REPOSITORY

from .targets import Target

SEPARATOR = "\x1f"
"""Between the flags in CARGO_ENCODED_RUSTFLAGS."""

DYNAMIC_MUSL = "-Ctarget-feature=-crt-static"
"""A library for musl uses the musl of the process that loads it. Programs contain theirs."""

OTHER_RUST = Path("/usr/bin")
"""Where Debian's packages rustc-web and cargo-web are."""

MINGW = "x86_64-w64-mingw32"
FOR_WINE = Path(__file__).parent / "wine/certificates.c"


class NoCompilerError(Exception):
    """A target cannot be built on this machine. The text says what to install."""


@dataclass(frozen=True)
class Compiler:
    target: Target
    folder: Path
    """The folder of `rustc` and `cargo`."""
    builds_std: bool
    """Whether the standard library is compiled too, because nobody has it for this target."""
    scratch: Path
    """For files that the build needs."""
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self, *, for_libraries: bool, for_maturin: bool = False) -> dict[str, str]:
        """In which cargo or maturin builds libraries or programs."""
        environment = os.environ | self.variables
        flags = rust_flags(self.target, for_libraries=for_libraries)
        if for_maturin:
            # It adds this one. Given twice, it is another build for cargo.
            flags = [flag for flag in flags if flag != DYNAMIC_MUSL]
        if self.builds_std and self.target.is_musl and not for_libraries:
            # The objects with which a static program begins come with a standard library. zig has
            # them too.
            flags.append("-Clink-self-contained=no")
        environment["CARGO_ENCODED_RUSTFLAGS"] = SEPARATOR.join(flags)
        name = f"CFLAGS_{self.target.triple.replace('-', '_')}"
        environment[name] = " ".join(c_flags(self.target))
        environment["PATH"] = os.pathsep.join(
            [str(self.folder), str(tool_folder()), os.environ["PATH"]]
        )
        if self.builds_std:
            # The switch exists on unstable compilers only, unless they are told to be one.
            environment["RUSTC_BOOTSTRAP"] = "1"
            environment["CARGO_UNSTABLE_BUILD_STD"] = "std,panic_unwind"
        if uses_zig(self.target):
            return _with_zig(self.target, self.scratch, environment)
        return environment


def rust_flags(target: Target, *, for_libraries: bool) -> list[str]:
    """Flags for rustc: without the folders of this machine, and with the C library as it must be.

    `bindings-node/scripts/without-paths.mjs` has the same folders.
    """
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in replaced_folders()]
    if target.is_musl and for_libraries:
        flags.append(DYNAMIC_MUSL)
    if target.triple.endswith("-msvc"):
        # Whoever starts it need not install the redistributable of Visual C++ first.
        flags.append("-Ctarget-feature=+crt-static")
    return flags


def c_flags(target: Target) -> list[str]:
    """The same for the C code in crates. MSVC has no such flag."""
    if target.triple.endswith("-msvc"):
        return []
    return [f"-ffile-prefix-map={folder}={name}" for folder, name in replaced_folders()]


def replaced_folders() -> list[tuple[Path, str]]:
    """The folders from which this machine builds, and what is said in their place."""
    home = Path.home()
    cargo = Path(os.environ.get("CARGO_HOME", home / ".cargo"))
    # The last one that fits counts.
    return [(home, "/home"), (cargo, "/cargo"), (REPOSITORY, "/drivebell")]


def uses_zig(target: Target) -> bool:
    """Whether zig compiles the C code: for Linux, and for macOS without Apple's tools."""
    return target.system == "linux" or (target.system == "darwin" and sys.platform != "darwin")


def tool_folder() -> Path:
    """Where the tools of requirements.txt are: this Python is from their environment."""
    return Path(sys.executable).parent


def tool(name: str) -> str:
    """The program of this name from requirements.txt."""
    found = shutil.which(name, path=str(tool_folder()))
    if found is None:
        raise NoCompilerError(f"{name} is not in {tool_folder()}: run this by `make dist`")
    return found


def find_compiler(target: Target, scratch: Path, *, links: bool = True) -> Compiler:
    """A compiler for this target, which also links unless told otherwise.

    Raises `NoCompilerError` if there is none.
    """
    if links:
        _check_linker(target)
    scratch.mkdir(parents=True, exist_ok=True)
    variables = _mingw(scratch) if target.is_stand_in else {}
    for folder in _rust_folders(scratch):
        library = _sysroot(folder) / "lib/rustlib" / target.triple / "lib"
        # An empty folder is there for the objects with which a program begins and ends.
        if any(library.glob("libstd-*.rlib")):
            return Compiler(target, folder, False, scratch, variables)
    for folder in _rust_folders(scratch):
        if (_sysroot(folder) / "lib/rustlib/src/rust/library/std").is_dir():
            return Compiler(target, folder, True, scratch, variables)
    raise NoCompilerError(
        f"there is no standard library for {target.triple}: run `rustup target add "
        f"{target.triple}`, or `.ci/install-cross` on Debian"
    )


def _check_linker(target: Target) -> None:
    if target.system == "darwin" and sys.platform != "darwin":
        raise NoCompilerError(f"{target.triple} can be linked on macOS only")
    if target.triple.endswith("-msvc") and sys.platform != "win32":
        raise NoCompilerError(f"{target.triple} can be linked on Windows only")
    if target.is_stand_in and shutil.which(f"{MINGW}-gcc") is None:
        raise NoCompilerError(f"there is no {MINGW}-gcc: run `.ci/install-cross` on Debian")


def _rust_folders(scratch: Path) -> list[Path]:
    """The folders of the compilers: the one in PATH, and Debian's."""
    folders = []
    if found := shutil.which("rustc"):
        folders.append(Path(found).parent)
    if sys.platform == "linux" and all((OTHER_RUST / name).exists() for name in ("rustc", "cargo")):
        # In PATH it must stand before rustup's, and nothing else of /usr/bin with it.
        links = scratch / "other-rust"
        links.mkdir(exist_ok=True)
        for name in ("rustc", "cargo", "rustdoc"):
            link = links / name
            link.unlink(missing_ok=True)
            link.symlink_to(OTHER_RUST / name)
        folders.append(links)
    if not folders:
        raise NoCompilerError("there is no rustc in PATH: install Rust from https://rustup.rs")
    return folders


def _sysroot(folder: Path) -> Path:
    command = [str(folder / "rustc"), "--print", "sysroot"]
    return Path(subprocess.check_output(command, text=True, cwd=REPOSITORY).strip())


def _with_zig(target: Target, scratch: Path, environment: dict[str, str]) -> dict[str, str]:
    """The environment in which cargo-zigbuild would run cargo.

    maturin has a cargo-zigbuild of its own, with other paths: cargo would compile everything twice.
    So neither runs it. Both run cargo in the environment that cargo-zigbuild makes.
    """
    shown = scratch / "environment"
    program = scratch / "cargo-that-shows-its-environment"
    cargo = shutil.which("cargo", path=environment["PATH"])
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = build ]; then exec env -0 > "{shown}"; fi\nexec "{cargo}" "$@"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    triple = target.triple
    if target.glibc is not None:
        triple += ".{}.{}".format(*target.glibc)
    command = [tool("cargo-zigbuild"), "zigbuild", "--release", "--target", triple]
    _run_quietly(command, environment | {"CARGO": str(program)})
    variables = shown.read_text("utf-8").split("\0")
    pairs = [(name, value) for name, equals, value in map(_split, variables) if equals]
    return dict(pairs) | {"CARGO": str(cargo)}


def _split(variable: str) -> tuple[str, str, str]:
    return variable.partition("=")


def _mingw(scratch: Path) -> dict[str, str]:
    # napi-build looks for it, and needs nothing in it.
    (scratch / "libnode.dll").touch()
    shim = scratch / "certificates.o"
    command = [f"{MINGW}-gcc", "-O2", "-c", str(FOR_WINE), "-o", str(shim)]
    _run_quietly(command, dict(os.environ))
    # Before the libraries of the system, which have the same function.
    linker = scratch / "linker"
    linker.write_text(f'#!/bin/sh\nexec {MINGW}-gcc "{shim}" "$@"\n', encoding="utf-8")
    linker.chmod(0o755)
    return {
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER": str(linker),
        "LIBNODE_PATH": str(scratch),
    }


def _run_quietly(command: Sequence[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NoCompilerError(f"{command[0]} ends with {done.returncode}:\n{done.stdout}")

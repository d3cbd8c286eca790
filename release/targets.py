"""The platforms that are published, and what follows from the name of each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from supply import npm_packages
from supply.crates import REPOSITORY

WINDOWS_STAND_IN = "x86_64-pc-windows-gnu"
"""Windows as it can be built and run on Linux. It is never published: MSVC builds the product."""

STAND_IN = "stand-in"
"""The folder in `dist` of what must not be published."""

PYTHON_MACHINES = {"powerpc64le": "ppc64le", "riscv64gc": "riscv64", "armv7": "armv7l"}
"""Where Python's name of a processor is another one than Rust's."""

DEBIAN_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7": "armhf",
    "riscv64gc": "riscv64",
    "s390x": "s390x",
    "powerpc64le": "ppc64el",
}

NEWER_GLIBCS = {"riscv64gc": (2, 31), "powerpc64le": (2, 24)}
"""Wheels have no older tag for the first. For the second, zig has nothing older than 2.19, whose
symbols Rust's standard library uses, and wheels have no tag between 2.17 and 2.24."""

EMULATORS = {"armv7": "arm", "riscv64gc": "riscv64", "powerpc64le": "ppc64le"}
"""Where qemu's name of a processor is another one than Rust's."""


class UnknownTargetError(ValueError):
    """Nothing is published for this triple."""


@dataclass(frozen=True)
class Target:
    triple: str

    @property
    def processor(self) -> str:
        return self.triple.split("-", maxsplit=1)[0]

    @property
    def system(self) -> str:
        """`linux`, `darwin` or `windows`."""
        return self.triple.split("-")[2]

    @property
    def is_musl(self) -> bool:
        return self.triple.endswith("-musl")

    @property
    def is_stand_in(self) -> bool:
        return self.triple == WINDOWS_STAND_IN

    @property
    def published_triple(self) -> str:
        """Itself, or the triple that it stands in for."""
        return "x86_64-pc-windows-msvc" if self.is_stand_in else self.triple

    @property
    def glibc(self) -> tuple[int, int] | None:
        """The oldest glibc that it runs on, or `None` where there is no glibc."""
        if self.system != "linux" or self.is_musl:
            return None
        return NEWER_GLIBCS.get(self.processor, (2, 17))

    @property
    def compatibility(self) -> str:
        """What maturin calls the platform of a wheel."""
        if self.is_musl:
            return "musllinux_1_2"
        if self.glibc is None:
            return "pypi"
        return "manylinux2014" if self.glibc == (2, 17) else "manylinux_{}_{}".format(*self.glibc)

    @property
    def wheel_platform(self) -> str:
        """The last part of a wheel's name."""
        machine = PYTHON_MACHINES.get(self.processor, self.processor)
        if self.system == "windows":
            return {"x86_64": "win_amd64", "aarch64": "win_arm64"}[self.processor]
        if self.system == "darwin":
            return {"x86_64": "macosx_10_12_x86_64", "aarch64": "macosx_11_0_arm64"}[self.processor]
        if self.glibc == (2, 17):
            return f"manylinux2014_{machine}.manylinux_2_17_{machine}"
        return f"{self.compatibility}_{machine}"

    @property
    def emulator(self) -> str:
        """The name of qemu for this processor."""
        return f"qemu-{EMULATORS.get(self.processor, self.processor)}-static"

    @property
    def debian_architecture(self) -> str:
        return DEBIAN_ARCHITECTURES[self.processor]

    def library(self, crate: str) -> str:
        """The name of a library that cargo builds."""
        name = crate.replace("-", "_")
        return {
            "linux": f"lib{name}.so",
            "darwin": f"lib{name}.dylib",
            "windows": f"{name}.dll",
        }[self.system]

    def program(self, name: str) -> str:
        return f"{name}.exe" if self.system == "windows" else name


def published() -> list[Target]:
    """All targets, in the order of `napi.targets`."""
    return [Target(triple) for triple in npm_packages.targets(REPOSITORY)]


def find(triple: str) -> Target:
    """The target of this name.

    Raises `UnknownTargetError` if nothing is built for it.
    """
    known = [*published(), Target(WINDOWS_STAND_IN)]
    for target in known:
        if target.triple == triple:
            return target
    names = ", ".join(target.triple for target in known)
    raise UnknownTargetError(f"{triple} is none of the targets: {names}")


def target_folder() -> Path:
    """Where cargo builds, and what else is made on the way."""
    return Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target"))

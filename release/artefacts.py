"""The files that are published, by their names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from supply.crates import REPOSITORY

from .targets import STAND_IN, Target, published
from .version import version
from .wheels import BUILDS

CRATES = (
    "drivebell",
    "drivebell-cli",
    "drivebell-fleet",
    "drivebell-mirror",
    "drivebell-simulator",
    "drivebell-store",
)


@dataclass(frozen=True)
class Artefacts:
    """What is published for one target, where it was built."""

    target: Target
    folder: Path

    @property
    def wheels(self) -> list[Path]:
        platform = self.target.wheel_platform
        names = [f"drivebell-{version()}-{build.tags}-{platform}.whl" for build in BUILDS]
        return [self.folder / name for name in names]

    @property
    def simulator_wheel(self) -> Path:
        name = f"drivebell_simulator-{version()}-py3-none-{self.target.wheel_platform}.whl"
        return self.folder / name

    @property
    def npm_package(self) -> Path:
        """The addon."""
        return self.folder / f"drivebell-{npm_platform(self.target)}-{version()}.tgz"

    @property
    def simulator_npm_package(self) -> Path:
        return self.folder / f"drivebell-simulator-{npm_platform(self.target)}-{version()}.tgz"

    @property
    def archive(self) -> Path:
        """The command line."""
        return self._archive("drivebell")

    @property
    def fleet_archive(self) -> Path:
        return self._archive("drivebell-fleet")

    def _archive(self, program: str) -> Path:
        ending = "zip" if self.target.system == "windows" else "tar.gz"
        return self.folder / f"{program}-{version()}-{self.target.triple}.{ending}"

    @property
    def files(self) -> list[Path]:
        return [
            *self.wheels,
            self.simulator_wheel,
            self.npm_package,
            self.simulator_npm_package,
            self.archive,
            self.fleet_archive,
        ]


def of_target(target: Target, dist: Path) -> Artefacts:
    return Artefacts(target, dist / STAND_IN if target.is_stand_in else dist)


def npm_platform(target: Target) -> str:
    """What npm's packages call the platform: `linux-x64-gnu`."""
    platforms = json.loads((REPOSITORY / "simulator/npm/platforms.json").read_text("utf-8"))
    # Both lists follow from `napi.targets`, in its order.
    triples = [each.triple for each in published()]
    name: str = platforms[triples.index(target.published_triple)]["name"]
    return name


@dataclass(frozen=True)
class Sources:
    """What is published once, for all platforms."""

    folder: Path

    @property
    def sdists(self) -> list[Path]:
        names = ("drivebell", "drivebell_simulator")
        return [self.folder / f"{name}-{version()}.tar.gz" for name in names]

    @property
    def npm_package(self) -> Path:
        return self.folder / f"drivebell-{version()}.tgz"

    @property
    def simulator_npm_package(self) -> Path:
        return self.folder / f"drivebell-simulator-{version()}.tgz"

    @property
    def crates(self) -> list[Path]:
        return [self.folder / f"{name}-{version()}.crate" for name in CRATES]

    @property
    def files(self) -> list[Path]:
        return [*self.sdists, self.npm_package, self.simulator_npm_package, *self.crates]

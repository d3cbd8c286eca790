"""The packages that are published."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Package:
    """A package of an ecosystem, or the archive of a crate's program. `crate` is what it is built
    from; `folder` has its bill of materials."""

    ecosystem: str
    name: str
    crate: str
    folder: str

    @property
    def bill(self) -> str:
        return f"{self.folder}/{self.name}.cdx.json"


PACKAGES = (
    Package("pypi", "drivebell", "drivebell-python", "bindings-python"),
    Package("npm", "drivebell", "drivebell-node", "bindings-node"),
    Package("cargo", "drivebell-cli", "drivebell-cli", "cli"),
    Package("cargo", "drivebell-fleet", "drivebell-fleet", "fleet"),
    Package("pypi", "drivebell-simulator", "drivebell-simulator", "simulator"),
    Package("npm", "drivebell-simulator", "drivebell-simulator", "simulator/npm"),
)

NOTICES = {
    "drivebell": "THIRD-PARTY-NOTICES",
    "drivebell-cli": "THIRD-PARTY-NOTICES",
    "drivebell-fleet": "fleet/THIRD-PARTY-NOTICES",
    "drivebell-simulator": "simulator/THIRD-PARTY-NOTICES",
}
"""The file with the notices, by the name of the packages. All that contain the core share one, but
for the fleet, which contains much more."""

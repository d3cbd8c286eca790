"""Writes the notices and the bills of materials: `python -m supply`."""

from __future__ import annotations

from .crates import BINDINGS, REPOSITORY, linked
from .notices import notices
from .sbom import sbom

FOLDERS = {"pypi": "bindings-python", "npm": "bindings-node"}


def main() -> None:
    crates = set()
    for ecosystem, binding in BINDINGS.items():
        package = linked(binding)
        crates.update(package.crates)
        bill = REPOSITORY / FOLDERS[ecosystem] / "drivebell.cdx.json"
        bill.write_text(sbom(package, ecosystem), encoding="utf-8")
    text = notices(sorted(crates))
    (REPOSITORY / "THIRD-PARTY-NOTICES").write_text(text, encoding="utf-8")


main()

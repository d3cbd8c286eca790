"""Writes the notices and the bills of materials: `python -m supply`."""

from __future__ import annotations

from collections import defaultdict

from .crates import REPOSITORY, Crate, linked
from .notices import notices
from .packages import NOTICES, PACKAGES
from .sbom import sbom


def main() -> None:
    crates: defaultdict[str, set[Crate]] = defaultdict(set)
    for package in PACKAGES:
        contents = linked(package.crate)
        crates[NOTICES[package.name]].update(contents.crates)
        (REPOSITORY / package.bill).write_text(sbom(package, contents), encoding="utf-8")
    for path, contained in crates.items():
        (REPOSITORY / path).write_text(notices(sorted(contained)), encoding="utf-8")


main()

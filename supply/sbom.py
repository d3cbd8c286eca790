"""The bill of materials of a package, in CycloneDX: https://cyclonedx.org/docs/1.5/json/.

maturin can write one too, but it names the folders of the machine that built it, and is different
each time.
"""

from __future__ import annotations

import json
from typing import Any

from .crates import Crate, Linked
from .packages import Package


def sbom(package: Package, linked: Linked) -> str:
    root = f"pkg:{package.ecosystem}/{package.name}@{linked.root.version}"
    # The package is the library or program that is built from this crate.
    references = {crate: crate.purl for crate in linked.crates} | {linked.root: root}
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": _component(linked.root, root) | {"name": package.name}},
        "components": [
            _component(crate, crate.purl) for crate in linked.crates if crate != linked.root
        ],
        "dependencies": [
            {"ref": references[crate], "dependsOn": [references[other] for other in others]}
            for crate, others in sorted(linked.uses.items())
        ],
    }
    return json.dumps(bill, indent=1) + "\n"


def _component(crate: Crate, purl: str) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": purl,
        "name": crate.name,
        "version": crate.version,
        "licenses": [{"expression": crate.licence}],
        "purl": purl,
    }
    if crate.checksum is not None:
        component["hashes"] = [{"alg": "SHA-256", "content": crate.checksum}]
    if crate.repository is not None:
        component["externalReferences"] = [{"type": "vcs", "url": crate.repository}]
    return component

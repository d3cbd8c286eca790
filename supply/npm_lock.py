"""Adds the integrity that npm left out of its lock files: `python -m supply.npm_lock`.

npm leaves it out of packages for other platforms, and would then accept any content for them.
"""

from __future__ import annotations

import json
import subprocess

from .crates import REPOSITORY
from .locks import npm_locks, npm_name, without_integrity


def main() -> None:
    for path in npm_locks(REPOSITORY):
        lock = json.loads(path.read_text(encoding="utf-8"))
        missing = without_integrity(lock)
        for key in missing:
            entry = lock["packages"][key]
            package = f"{npm_name(key, entry)}@{entry['version']}"
            lock["packages"][key] = _with_integrity(entry, _integrity(package))
        if missing:
            text = json.dumps(lock, indent=2, ensure_ascii=False) + "\n"
            path.write_text(text, encoding="utf-8")
            print(f"{path.relative_to(REPOSITORY)}: added {len(missing)}")


def _with_integrity(entry: dict[str, object], integrity: str) -> dict[str, object]:
    """In the place where npm writes it."""
    before = {name: entry[name] for name in ("version", "resolved") if name in entry}
    return before | {"integrity": integrity} | entry


def _integrity(package: str) -> str:
    view = ["npm", "view", package, "dist.integrity"]
    output = subprocess.run(view, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    return output.strip()


main()

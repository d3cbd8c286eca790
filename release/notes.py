"""Prints what the changelog says of the version: `python -m release.notes`."""

from __future__ import annotations

import re
import sys

from supply.crates import REPOSITORY

from .version import version

HEADING = re.compile(r"^## \[?(?P<version>[\d.]+)\]?( - (?P<date>\d{4}-\d\d-\d\d))?$")


def notes(changelog: str, of: str) -> str | None:
    """The section of this version, without its heading. None if there is none with a date."""
    taken: list[str] | None = None
    for line in changelog.splitlines():
        if line.startswith("## "):
            if taken is not None:
                break
            found = HEADING.match(line)
            if found and found["version"] == of and found["date"]:
                taken = []
        elif taken is not None:
            taken.append(line)
    return None if taken is None else "\n".join(taken).strip() + "\n"


def main() -> None:
    found = notes((REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8"), version())
    if found is None:
        sys.exit(
            f"CHANGELOG.md has no section `## {version()} - YYYY-MM-DD`. "
            "Rename `## Unreleased` to that, as RELEASING.md says."
        )
    print(found, end="")


if __name__ == "__main__":
    main()

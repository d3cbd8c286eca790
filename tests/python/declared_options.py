"""The options as docs/options.md lists them, which is generated from their declarations."""

from __future__ import annotations

from dataclasses import dataclass

from simulator import REPOSITORY


@dataclass(frozen=True)
class Option:
    name: str
    value: str
    """What its values are."""
    zero_has_a_meaning: bool

    @property
    def is_duration(self) -> bool:
        return self.value in ("duration", "duration or none")

    @property
    def is_count(self) -> bool:
        return self.value == "whole number from 1"


def options_of(title: str) -> list[Option]:
    """The rows of the table under this title."""
    page = (REPOSITORY / "docs" / "options.md").read_text()
    (section,) = (part for part in page.split("\n## ") if part.startswith(f"{title}\n"))
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert rows, title
    # A second name is the one in Node.
    return [Option(names.split("`")[1], row[0], " Zero: " in row[-1]) for names, *row in rows]


CLIENT_OPTIONS = options_of("Options of a client")
CHANGES_OPTIONS = options_of("Options of `changes`")
MIRROR_OPTIONS = options_of("Options of `mirror`")
SHARED_OPTIONS = options_of("Options of `changes_shared`")

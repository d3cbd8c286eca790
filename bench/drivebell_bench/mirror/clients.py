"""The programs that keep a drive's tree, by language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..delta.clients import PROFILE
from ..programs import Program, node, python, rust


@dataclass(frozen=True)
class Client:
    """A program that enumerates the drive."""

    name: str
    program: Program
    initial: str = ""
    """Of a mirror: what it says of the items that exist already."""


@dataclass(frozen=True)
class Language:
    name: str
    changes: Client
    silent: Client
    created: Client
    paths: Program
    live: Program
    by_hand: Client | None = None
    by_hand_paths: Program | None = None

    @property
    def clients(self) -> list[Client]:
        ours = [self.changes, self.silent, self.created]
        return ours if self.by_hand is None else [*ours, self.by_hand]

    @property
    def mirrors(self) -> list[Client]:
        return [self.silent, self.created]


def languages() -> list[Language]:
    return [
        _language("Rust", lambda name: rust(PROFILE, name)),
        _language("Python", lambda name: python(name.replace("-", "_")), "sqlite3"),
        _language("Node", node, "better-sqlite3"),
    ]


def _language(name: str, program: Callable[[str], Program], library: str | None = None) -> Language:
    fill = program("drivebell-mirror-fill")
    by_hand = Client(f"{library} by hand, {name}", program(f"{library}-fill")) if library else None
    return Language(
        name=name,
        changes=Client(f"`changes()` alone, {name}", program("drivebell-changes")),
        silent=Client(f"mirror, {name}", fill, "silent"),
        created=Client(f"mirror with changes, {name}", fill, "created"),
        paths=program("drivebell-mirror-paths"),
        live=program("drivebell-mirror-live"),
        by_hand=by_hand,
        by_hand_paths=program(f"{library}-paths") if library else None,
    )

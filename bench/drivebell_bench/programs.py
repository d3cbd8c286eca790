"""The clients' programs: how to run one, and where its source is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .paths import BENCH, CLIENTS, REPOSITORY

PYTHON = BENCH / ".venv/bin/python"


@dataclass(frozen=True)
class Program:
    command: tuple[str | Path, ...]
    sources: tuple[Path, ...]
    """The files that a page quotes: the program, then code that it shares with others."""

    @property
    def source(self) -> Path:
        return self.sources[0]


def rust(profile: str, name: str) -> Program:
    rust = CLIENTS / "rust"
    sources = {
        "bench-floor": [rust / "floor/src/main.rs"],
        "delta-floor": [rust / "floor/src/bin/delta-floor.rs"],
        "drivebell-changes": [rust / "drivebell/src/bin/drivebell-changes.rs"],
        "drivebell-changes-events": [rust / "drivebell/src/bin/drivebell-changes-events.rs"],
        "drivebell-drift": [rust / "drivebell/src/bin/drivebell-drift.rs"],
        "drivebell-events": [rust / "drivebell/src/bin/drivebell-events.rs"],
        "drivebell-mirror-fill": [rust / "mirror/src/bin/drivebell-mirror-fill.rs"],
        "drivebell-mirror-live": [rust / "mirror/src/bin/drivebell-mirror-live.rs"],
        "drivebell-mirror-paths": [rust / "mirror/src/bin/drivebell-mirror-paths.rs"],
        "drivebell-read": [rust / "drivebell/src/bin/drivebell-read.rs"],
        "rust_socketio": [rust / "peers/src/bin/rust_socketio.rs", rust / "peers/src/lib.rs"],
        "tf_rust_socketio": [rust / "peers/src/bin/tf_rust_socketio.rs", rust / "peers/src/lib.rs"],
    }
    return Program((built(profile, name),), tuple(sources[name]))


def python(name: str) -> Program:
    source = CLIENTS / "python" / f"{name}.py"
    return Program((PYTHON, source), (source,))


def node(name: str) -> Program:
    source = CLIENTS / "node" / f"{name}.mjs"
    return Program(("node", source), (source,))


def built(profile: str, name: str) -> Path:
    """A binary of ours, built with this cargo profile."""
    return REPOSITORY / "target" / profile / name

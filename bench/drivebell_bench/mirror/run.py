"""One run of one client, and what it measured."""

from __future__ import annotations

import random
import shutil
import sqlite3
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..delta.service import Recorded
from ..process import Process, VoidError
from ..programs import Program
from ..simulator import TOKEN
from .clients import Client

CLOSING = 60.0
"""Seconds to wait until a program has closed its file."""

IDS = 10_000


@dataclass(frozen=True)
class Fill:
    items: int
    checksum: int
    seconds: float
    cpu_seconds: float
    peak_kb: int
    file_bytes: int


@dataclass(frozen=True)
class Stage:
    """Where programs run."""

    service: Recorded
    cores: str
    """What the service and the programs share."""
    folder: Path
    """Of the files."""

    def start(self, program: Program, **settings: object) -> Process:
        environment = {"GRAPH_URL": self.service.base_url, "GRAPH_TOKEN": TOKEN}
        environment |= {name: str(value) for name, value in settings.items()}
        return Process(program.command, environment, core=self.cores)

    def file(self, client: Client) -> Path:
        """What this client fills."""
        return self.folder / f"{''.join(filter(str.isalnum, client.name))}.db"


def fill(client: Client, stage: Stage, items: int) -> Fill:
    """Enumerates the drive into a new file."""
    file = stage.file(client)
    remove(file)
    settings = {"INITIAL": client.initial, "ITEMS": items, "FILE": file}
    with stage.start(client.program, **settings) as process:
        found = process.event("done", 60 + items / 2_000)
        process.end(CLOSING)
    size = sum(each.stat().st_size for each in _files(file))
    if found["items"] != items:
        raise VoidError(f"{client.name} has {found['items']} items of {items}")
    return Fill(**found, file_bytes=size)


def remove(file: Path) -> None:
    for each in _files(file):
        each.unlink()


def copy(file: Path, to: Path) -> Path:
    remove(to)
    shutil.copyfile(file, to)
    return to


def _files(file: Path) -> Iterable[Path]:
    """With the log and the lock beside it."""
    return file.parent.glob(f"{file.name}*")


def some_ids(mirror: Path, to: Path) -> Path:
    """Writes the ids of random items to a file, the same in every run."""
    with sqlite3.connect(mirror) as database:
        ids = [row[0] for row in database.execute("SELECT id FROM item WHERE type <> 'root'")]
    database.close()
    chosen = random.Random(1).sample(sorted(ids), min(IDS, len(ids)))
    to.write_text("\n".join(chosen))
    return to


@dataclass(frozen=True)
class Paths:
    checksum: int
    calls_ns: list[int]

    @property
    def median_us(self) -> float:
        return statistics.median(self.calls_ns) / 1e3

    @property
    def p99_us(self) -> float:
        return statistics.quantiles(self.calls_ns, n=100)[98] / 1e3


def paths(program: Program, stage: Stage, file: Path, ids: Path) -> Paths:
    with stage.start(program, FILE=file, IDS=ids) as process:
        return Paths(**process.event("done", 120))


@dataclass(frozen=True)
class Median:
    items_per_second: float
    cpu_us: float
    peak_mb: float
    file_mb: float


def median(fills: list[Fill]) -> Median:
    if len({each.checksum for each in fills}) != 1:
        raise VoidError("the runs have not read the same")
    return Median(
        items_per_second=statistics.median(each.items / each.seconds for each in fills),
        cpu_us=statistics.median(each.cpu_seconds / each.items * 1e6 for each in fills),
        peak_mb=max(each.peak_kb / 1024 for each in fills),
        file_mb=max(each.file_bytes / 1e6 for each in fills),
    )

"""One run of one client, and what it measured."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from ..process import Process, VoidError
from ..simulator import TOKEN, Simulator
from .clients import Client
from .service import Recorded

Service = Simulator | Recorded


@dataclass(frozen=True)
class Run:
    items: int
    checksum: int
    seconds: float
    cpu_seconds: float
    peak_kb: int


def start(client: Client, service: Service, core: str, **settings: int) -> Process:
    environment = {"GRAPH_URL": service.base_url, "GRAPH_TOKEN": TOKEN}
    environment |= {name: str(value) for name, value in settings.items()}
    environment |= dict(client.settings)
    return Process(client.program.command, environment, core=core)


def run(client: Client, service: Service, core: str, items: int, pause_ms: int = 0) -> Run:
    with start(client, service, core, PAUSE_MS=pause_ms) as process:
        # The slowest client takes less than 50 ms an item.
        found = Run(**process.event("done", 60 + items / 20))
    if found.items != items:
        raise VoidError(f"{client.name} read {found.items} items of {items}")
    return found


@dataclass(frozen=True)
class Median:
    items_per_second: float
    cpu_us: float
    peak_mb: float


def median(runs: list[Run]) -> Median:
    if len({each.checksum for each in runs}) != 1:
        raise VoidError("the runs have not read the same items")
    return Median(
        items_per_second=statistics.median(each.items / each.seconds for each in runs),
        cpu_us=statistics.median(each.cpu_seconds / each.items * 1e6 for each in runs),
        peak_mb=statistics.median(each.peak_kb / 1024 for each in runs),
    )

"""One run of one client, and what it says of it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from dataclasses import dataclass

from .clients import Client
from .simulator import TOKEN, Simulator


class VoidError(Exception):
    """The client did not see the drive as it is."""


@dataclass(frozen=True)
class Run:
    items: int
    checksum: int
    seconds: float
    cpu_seconds: float
    peak_kb: int


def run(client: Client, simulator: Simulator, core: str, items: int, pause_ms: int = 0) -> Run:
    environment = os.environ | {
        "GRAPH_URL": simulator.base_url,
        "GRAPH_TOKEN": TOKEN,
        "PAUSE_MS": str(pause_ms),
    }
    done = subprocess.run(
        ["taskset", "-c", core, *map(str, client.command)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        # Fifty milliseconds an item are more than the slowest takes.
        timeout=60 + items / 20,
        check=True,
    )
    found = Run(**json.loads(done.stdout))
    if found.items != items:
        raise VoidError(f"{client.name} saw {found.items} items of {items}")
    return found


@dataclass(frozen=True)
class Median:
    items_per_second: float
    cpu_us: float
    peak_mb: float


def median(runs: list[Run]) -> Median:
    if len({each.checksum for each in runs}) != 1:
        raise VoidError("not every run has read the same")
    return Median(
        items_per_second=statistics.median(each.items / each.seconds for each in runs),
        cpu_us=statistics.median(each.cpu_seconds / each.items * 1e6 for each in runs),
        peak_mb=statistics.median(each.peak_kb / 1024 for each in runs),
    )

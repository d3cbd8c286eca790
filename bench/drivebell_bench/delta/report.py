"""The page docs/performance/delta.md."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from .. import versions
from ..pages import bullets, fill, grid, setups
from ..paths import DOCS
from .clients import Client
from .run import Median, Run

PAGE = DOCS / "performance/delta.md"


@dataclass(frozen=True)
class Found:
    items: int
    sdk_items: int
    rounds: int
    alone: float
    """Items per second that the service gives out to a client that parses nothing."""
    alone_cpu_us: float
    medians: dict[str, Median]
    small: dict[str, Run]
    slow: dict[str, Run]
    bursts: list[int]


def page(found: Found, clients: list[Client], readers: list[Client]) -> str:
    return fill(
        Path(__file__).with_name("page.md"),
        items=f"{found.items:,}",
        sdk_items=f"{found.sdk_items:,}",
        rounds=found.rounds,
        alone=f"{found.alone:,.0f}",
        alone_cpu=f"{found.alone_cpu_us:.1f}",
        table=_table(found, clients),
        memory=_memory(found),
        reads=_reads(found, readers),
        bursts=_bursts(found.bursts),
        versions=bullets(f"{name} {version}" for name, version in _versions().items()),
        setups=setups(((client.name, client.program) for client in clients), PAGE),
    )


def _table(found: Found, clients: list[Client]) -> str:
    def line(client: Client) -> list[str]:
        its, other = found.medians[client.name], found.medians[client.beside]
        ratio = its.cpu_us / other.cpu_us
        number = f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2f}"
        is_peer = client.name == client.beside
        return [
            client.name,
            f"{its.cpu_us:,.2f}",
            "1" if is_peer else f"{number} of {client.beside.split(',')[0]}",
            f"{its.items_per_second:,.0f}",
            f"{its.peak_mb:.0f}",
        ]

    head = ["client", "CPU µs per item", "ratio", "items/s", "peak MB"]
    return grid(head, map(line, clients), numbers=True)


def _reads(found: Found, readers: list[Client]) -> str:
    def line(client: Client) -> list[str]:
        its = found.medians[client.name]
        return [client.name, f"{its.cpu_us:.2f}", f"{its.peak_mb:.0f}"]

    head = ["drivebell in", "CPU µs per item", "peak MB"]
    return grid(head, map(line, readers), numbers=True)


def _memory(found: Found) -> str:
    def line(name: str) -> list[str]:
        small, slow = found.small[name].peak_kb / 1024, found.slow[name].peak_kb / 1024
        return [name, f"{small:.0f}", f"{found.medians[name].peak_mb:.0f}", f"{slow:.0f}"]

    some = f"{next(iter(found.small.values())).items:,}"
    head = ["client", f"{some} items", f"{found.items:,} items", f"{some}, slow consumer"]
    return grid(head, map(line, found.small), numbers=True)


def _bursts(rounds: list[int]) -> str:
    each = ", ".join(f"{count} took {n}" for n, count in sorted(Counter(rounds).items()))
    middle = statistics.median(rounds)
    return f"median {middle:.0f}, most {max(rounds)} (of {len(rounds)} bursts, {each})"


def _versions() -> dict[str, str]:
    graph = "@microsoft/microsoft-graph-client"
    return {
        "drivebell": versions.drivebell(),
        "msgraph-sdk": versions.python("msgraph-sdk"),
        graph: versions.node(graph),
        "aiohttp": versions.python("aiohttp"),
        "orjson": versions.python("orjson"),
        "httpx": versions.python("httpx"),
        "reqwest": versions.crate("reqwest"),
        "serde_json": versions.crate("serde_json"),
        **versions.languages(),
        "system": versions.system(),
    }

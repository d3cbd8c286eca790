"""Runs everything. In each round the clients take turns, so that other load on the machine affects
all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from ..process import VoidError
from . import sections
from .clients import Client
from .sections import Flood, Growth, Idle, Latency
from .stage import Cores

T = TypeVar("T")
ATTEMPTS = 3


@dataclass(frozen=True)
class Plan:
    cores: Cores
    rounds: int
    scale: float
    """A factor for the numbers of events."""
    latency_seconds: int
    idle_sessions: tuple[int, ...]
    """How many sessions every client opens, besides one. Only the first number measures the large
    event and the pings."""
    most_sessions: int
    """For drivebell in Rust only."""
    idle_rounds: int
    many_rounds: int
    """For more sessions than the first of `idle_sessions`, and for growing numbers."""
    pings: int
    growing: tuple[int, ...]


@dataclass
class Series(Generic[T]):
    """The runs of each client, by its name and the number of sessions."""

    runs: dict[tuple[str, int], list[T]] = field(default_factory=dict)

    def of(self, client: Client, sessions: int = 1) -> list[T]:
        return self.runs.get((client.name, sessions), [])


@dataclass
class Found:
    flood: Series[Flood] = field(default_factory=Series)
    latency: Series[Latency] = field(default_factory=Series)
    idle: Series[Idle] = field(default_factory=Series)
    growth: Series[Growth] = field(default_factory=Series)
    voids: list[str] = field(default_factory=list)


def measure(plan: Plan, clients: list[Client], names: Iterable[str]) -> Found:
    found = Found()
    names = set(names)
    if "flood" in names:
        _floods(plan, clients, found)
    if "latency" in names:
        _latencies(plan, clients, found)
    if "idle" in names:
        _idle(plan, clients, found)
    if "growth" in names:
        _growth(plan, clients, found)
    return found


def _floods(plan: Plan, clients: list[Client], found: Found) -> None:
    for _ in range(plan.rounds):
        for client in clients:
            once = partial(sections.flood, client, plan.cores, int(client.events * plan.scale))
            _run(found, found.flood, client, 1, once)


def _latencies(plan: Plan, clients: list[Client], found: Found) -> None:
    # Counting frames does not read their send times.
    clients = [client for client in clients if client.environment.get("FLOOR") != "count"]
    for _ in range(plan.rounds):
        for client in clients:
            once = partial(sections.latency, client, plan.cores, plan.latency_seconds)
            _run(found, found.latency, client, 1, once)


def _idle(plan: Plan, clients: list[Client], found: Found) -> None:
    clients = [client for client in clients if client.many]
    first, *more = plan.idle_sessions
    for idle_round in range(plan.idle_rounds):
        further = more if idle_round < plan.many_rounds else []
        for client in clients:
            for sessions in (1, first, *further):
                pings = 0 if sessions in further else plan.pings
                once = partial(
                    sections.idle,
                    client,
                    plan.cores,
                    sessions,
                    pings=pings,
                    big=sessions == first,
                )
                _run(found, found.idle, client, sessions, once)
    for client in clients:
        if plan.most_sessions and client.name == "drivebell, Rust":
            most = plan.most_sessions
            once = partial(sections.idle, client, plan.cores, most, pings=0, big=False)
            _run(found, found.idle, client, plan.most_sessions, once)


def _growth(plan: Plan, clients: list[Client], found: Found) -> None:
    clients = [client for client in clients if client.is_ours and client.many]
    for _ in range(plan.many_rounds):
        for client in clients:
            for sessions in plan.growing:
                events = int(client.events * plan.scale)
                once = partial(sections.growth, client, plan.cores, sessions, events)
                _run(found, found.growth, client, sessions, once)


def _run(
    found: Found, series: Series[T], client: Client, sessions: int, once: Callable[[], T]
) -> None:
    for _ in range(ATTEMPTS):
        try:
            result = once()
        except VoidError as error:
            found.voids.append(f"{client.name}, {sessions} sessions: {error}")
            print(f"void: {found.voids[-1]}", flush=True)
            continue
        series.runs.setdefault((client.name, sessions), []).append(result)
        print(f"{client.name:28} {sessions:>6} {result}", flush=True)
        return

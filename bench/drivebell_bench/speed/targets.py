"""The targets, and whether the measurement meets them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ..pages import grid
from .clients import Client
from .measure import Found, Plan
from .tables import formatted, kb_per_session, median


@dataclass(frozen=True)
class Target:
    what: str
    reached: float
    least: float
    aim: float | None = None
    at_most: bool = False
    digits: int = 2

    @property
    def verdict(self) -> str:
        def meets(bound: float) -> bool:
            return self.reached <= bound if self.at_most else self.reached >= bound

        if math.isnan(self.reached):
            return "not measured"
        if not meets(self.least):
            return "**no**"
        return "yes" if self.aim is None or meets(self.aim) else "yes, not the aim"


def table(found: Found, plan: Plan, clients: list[Client]) -> str:
    def line(target: Target) -> list[str]:
        sign = "≤" if target.at_most else "≥"
        aim = "" if target.aim is None else f"{sign} {formatted(target.aim, target.digits)}"
        return [
            target.what,
            f"{sign} {formatted(target.least, target.digits)}",
            aim,
            formatted(target.reached, target.digits),
            target.verdict,
        ]

    head = ["what", "target", "aim", "measured", "reached"]
    return grid(head, map(line, _targets(found, plan, clients)), numbers=True)


def _targets(found: Found, plan: Plan, clients: list[Client]) -> Iterable[Target]:
    by_name = {client.name: client for client in clients}
    yield from _floods(found, by_name)
    yield from _latencies(found, by_name)
    yield from _idle(found, plan, by_name)


def _floods(found: Found, by_name: dict[str, Client]) -> Iterable[Target]:
    def rate(name: str) -> float:
        return median(found.flood, by_name[name], lambda run: run.events_per_second)

    def cpu(name: str) -> float:
        return median(found.flood, by_name[name], lambda run: run.cpu_us)

    ours = rate("drivebell, Rust")
    yield Target("Rust: events/s, times rust_socketio", ours / rate("rust_socketio"), 2.5, 3)
    yield Target("Rust: events/s, of the floor that parses", ours / rate("floor: parses"), 0.8, 0.9)
    python, uvloop = cpu("python-socketio, asyncio"), cpu("python-socketio, uvloop")
    for face in ("async for", "handler"):
        less = python / cpu(f"drivebell, Python, {face}")
        yield Target(f"Python, {face}: times less CPU than asyncio", less, 20, 25, digits=1)
    for face in ("async for", "uvloop"):
        less = uvloop / cpu(f"drivebell, Python, {face}")
        yield Target(f"Python, {face}: times less CPU than uvloop", less, 12, 16, digits=1)
    node = cpu("socket.io-client")
    yield Target("Node, on: times less CPU", node / cpu("drivebell, Node, on"), 2.2, 2.5)
    iterated = node / cpu("drivebell, Node, for await")
    yield Target("Node, for await: times less CPU", iterated, 2, 2.3)


def _latencies(found: Found, by_name: dict[str, Client]) -> Iterable[Target]:
    def p99(name: str) -> float:
        return median(found.latency, by_name[name], lambda run: run.p99)

    pairs = {
        "drivebell, Rust": ("rust_socketio", "tf-rust-socketio"),
        "drivebell, Python, async for": ("python-socketio, asyncio", "python-socketio, sync"),
        "drivebell, Python, uvloop": ("python-socketio, uvloop",),
        "drivebell, Node, on": ("socket.io-client",),
    }
    for name, peers in pairs.items():
        best = min(map(p99, peers))
        yield Target(
            f"{name}: p99 µs, below its best peer's", p99(name), best, at_most=True, digits=0
        )
    ours, floor = (
        median(found.latency, by_name[name], lambda run: run.p50)
        for name in ("drivebell, Rust", "floor: parses")
    )
    yield Target("Rust: p50 µs above the floor", ours - floor, 20, at_most=True, digits=0)


def _idle(found: Found, plan: Plan, by_name: dict[str, Client]) -> Iterable[Target]:
    first, *more = plan.idle_sessions
    faces = {
        "drivebell, Rust": (18.0, 13.0),
        "drivebell, Python, handler": (24.0, None),
        "drivebell, Node, on": (24.0, None),
    }
    for name, (least, aim) in faces.items():
        for big in (False, True):
            each = kb_per_session(found, by_name[name], first, big=big)
            after = " after a 20 KB event" if big else ""
            what = f"{name}: KB per idle session{after}"
            yield Target(what, each, least, aim, at_most=True, digits=1)
    floor = median(found.idle, by_name["floor: parses"], lambda run: run.cpu_us_per_ping, first)
    for name in faces:
        ping = median(found.idle, by_name[name], lambda run: run.cpu_us_per_ping, first)
        yield Target(f"{name}: CPU per ping, times the floor", ping / floor, 1.5, at_most=True)
    peers = [c for c in by_name.values() if c.many and not c.is_ours and not c.is_floor]
    for sessions in more:
        fastest = min(
            median(found.idle, peer, lambda run: run.connect_seconds, sessions) for peer in peers
        )
        for name in faces:
            its = by_name[name]
            took = median(found.idle, its, lambda run: run.connect_seconds, sessions)
            what = f"{name}: {sessions:,} connected in s, the fastest peer's"
            yield Target(what, took, fastest, at_most=True)
            peak = median(found.idle, its, lambda run: run.peak_kb / run.memory_kb, sessions)
            yield Target(f"{name}: {sessions:,}, peak by steady memory", peak, 1.5, at_most=True)

"""The tables of the page, computed from medians."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterable
from typing import TypeVar

from ..pages import grid
from .clients import Client
from .measure import Found, Plan, Series
from .sections import Idle

T = TypeVar("T")


def median(series: Series[T], client: Client, of: Callable[[T], float], sessions: int = 1) -> float:
    """NaN where nothing was measured."""
    runs = series.of(client, sessions)
    return statistics.median(of(run) for run in runs) if runs else float("nan")


def formatted(value: float, digits: int = 0) -> str:
    return "" if math.isnan(value) else f"{value:,.{digits}f}"


def times(value: float, other: float) -> str:
    """`value` as a multiple of `other`."""
    return "" if math.isnan(value) or not other else f"{value / other:.2f}"


def peer_of(client: Client, clients: list[Client]) -> Client:
    return next(each for each in clients if each.name == client.beside)


def flood(found: Found, clients: list[Client]) -> str:
    def line(client: Client) -> list[str]:
        peer = peer_of(client, clients)
        rate, cpu = (
            median(found.flood, client, lambda run: run.events_per_second),
            median(found.flood, client, lambda run: run.cpu_us),
        )
        their_rate, their_cpu = (
            median(found.flood, peer, lambda run: run.events_per_second),
            median(found.flood, peer, lambda run: run.cpu_us),
        )
        peak = median(found.flood, client, lambda run: run.peak_kb / 1024)
        return [
            client.name,
            formatted(rate),
            formatted(cpu, 2),
            formatted(peak),
            times(rate, their_rate),
            times(their_cpu, cpu),
            peer.name if client is not peer else "",
        ]

    head = ["client", "events/s", "CPU µs per event", "peak MB", "events/s, times"]
    head = [*head, "less CPU, times", "beside"]
    return grid(head, map(line, clients), numbers=True)


def latency(found: Found, clients: list[Client]) -> str:
    def line(client: Client) -> list[str]:
        of = (lambda run: run.p50, lambda run: run.p99, lambda run: run.p999)
        return [client.name, *(formatted(median(found.latency, client, each)) for each in of)]

    measured = [client for client in clients if found.latency.of(client)]
    head = ["client", "p50 µs", "p99 µs", "p999 µs"]
    return grid(head, map(line, measured), numbers=True)


def kb_per_session(found: Found, client: Client, sessions: int, *, big: bool = False) -> float:
    """What each session adds to a process with a single one."""

    def kb(run: Idle) -> int:
        return run.memory_after_big_kb if big else run.memory_kb

    one, all_of_them = (median(found.idle, client, kb, count) for count in (1, sessions))
    return (all_of_them - one) / (sessions - 1)


def idle(found: Found, plan: Plan, clients: list[Client]) -> str:
    first, *more = plan.idle_sessions
    measured = [client for client in clients if found.idle.of(client, first)]
    floor = next((client for client in measured if client.is_floor), None)

    def line(client: Client) -> list[str]:
        ping = median(found.idle, client, lambda run: run.cpu_us_per_ping, first)
        least = (
            median(found.idle, floor, lambda run: run.cpu_us_per_ping, first)
            if floor
            else float("nan")
        )
        cells = [
            client.name,
            formatted(kb_per_session(found, client, first), 1),
            formatted(kb_per_session(found, client, first, big=True), 1),
            formatted(ping),
            times(ping, least),
        ]
        for sessions in (first, *more):
            peak = median(found.idle, client, lambda run: run.peak_kb / run.memory_kb, sessions)
            took = median(found.idle, client, lambda run: run.connect_seconds, sessions)
            cells += [formatted(took, 2), formatted(peak, 2)]
        for sessions in more:
            cells.append(formatted(kb_per_session(found, client, sessions), 1))
        return cells

    head = ["client", "KB per session", "after a 20 KB event", "CPU µs per ping", "times the floor"]
    for sessions in (first, *more):
        head += [f"{sessions:,} connect, s", f"peak / steady, {sessions:,}"]
    head += [f"KB per session of {sessions:,}" for sessions in more]
    return grid(head, map(line, measured), numbers=True)


def most(found: Found, plan: Plan, clients: list[Client]) -> str:
    """The sentence on as many sessions as the machine allows one process."""
    ours = next(client for client in clients if client.name == "drivebell, Rust")
    runs = found.idle.of(ours, plan.most_sessions)
    if not runs:
        return f"{plan.most_sessions:,} sessions were not reached on this machine."
    [run] = runs
    each = kb_per_session(found, ours, plan.most_sessions)
    return (
        f"{plan.most_sessions:,} sessions in one process, in Rust: connected in "
        f"{run.connect_seconds:.1f} s, {each:.1f} KB per session, peak "
        f"{run.peak_kb / run.memory_kb:.2f} times the steady memory."
    )


def growth(found: Found, plan: Plan, clients: list[Client]) -> str:
    measured = [client for client in clients if client.is_ours and client.many]

    def lines() -> Iterable[list[str]]:
        for client in measured:
            for sessions in plan.growing:
                if not found.growth.of(client, sessions):
                    continue
                yield [
                    client.name,
                    f"{sessions:,}",
                    *(
                        formatted(median(found.growth, client, of, sessions), digits)
                        for of, digits in (
                            (lambda run: run.events_per_second, 0),
                            (lambda run: run.cpu_us, 2),
                            (lambda run: run.memory_kb / 1024, 1),
                            (lambda run: run.reconnect_seconds, 2),
                            (lambda run: run.reconnect_cpu_us, 0),
                        )
                    ),
                ]

    head = ["client", "sessions", "events/s", "CPU µs per event", "memory MB", "all reconnected, s"]
    head.append("CPU µs per reconnected session")
    return grid(head, lines(), numbers=True)

"""What is measured of one client in one run."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any

from .clients import Client
from .program import Program, VoidError
from .stage import Cores, Service, stage

RATE = 1_000
"""Events a second, where the latency is measured."""
IDLE_PING_MS = 5_000
BIG_EVENT = 20_000
SETTLED = 2.0
"""Seconds after which nothing of the beginning is under way."""


@dataclass(frozen=True)
class Flood:
    events_per_second: float
    cpu_us: float
    """Of one event."""
    peak_kb: int


def flood(client: Client, cores: Cores, events: int, sessions: int = 1) -> Flood:
    each = max(events // sessions, 1)
    with stage(client, cores, EVENTS=each * sessions, SESSIONS=sessions) as (service, program):
        service.begin("flood", each)
        done = program.line(120)["done"]
        service.carried_out()
        peak = program.peak_kb()
        _all_seen(program, each * sessions)
    return Flood(
        events_per_second=done["events"] / done["seconds"],
        cpu_us=done["cpu_seconds"] / done["events"] * 1e6,
        peak_kb=peak,
    )


@dataclass(frozen=True)
class Latency:
    """In µs, from the server's send to the handler."""

    p50: float
    p99: float
    p999: float


def latency(client: Client, cores: Cores, seconds: int) -> Latency:
    events = RATE * seconds
    with stage(client, cores, EVENTS=events, TIMED=1) as (service, program):
        service.begin("rate", RATE, events)
        done = program.line(seconds * 2 + 30)["done"]
        service.carried_out()
        _all_seen(program, events)
    cuts = statistics.quantiles(done["latencies_ns"], n=1000, method="inclusive")
    return Latency(p50=cuts[499] / 1000, p99=cuts[989] / 1000, p999=cuts[998] / 1000)


@dataclass(frozen=True)
class Idle:
    connect_seconds: float
    memory_kb: int
    peak_kb: int
    cpu_us_per_ping: float
    memory_after_big_kb: int
    """After one event of 20 KB to each session."""


def idle(client: Client, cores: Cores, sessions: int, *, pings: int, big: bool) -> Idle:
    """`pings` to each session are watched, and memory is read behind them: a collector may take its
    time. `big` sends the large event after that."""
    with stage(client, cores, ping_ms=IDLE_PING_MS, tls=True, SESSIONS=sessions) as on_stage:
        service, program = on_stage
        time.sleep(SETTLED)
        cpu = _cpu_per_ping(service, program, pings) if pings else 0.0
        memory, peak = program.memory_kb(), program.peak_kb()
        if big:
            service.order("big", BIG_EVENT)
            time.sleep(SETTLED)
        return Idle(service.connect_seconds, memory, peak, cpu, program.memory_kb())


def _cpu_per_ping(service: Service, program: Program, pings: int) -> float:
    """Of the ping that is no dearer than half of them: what a collector does once about the time
    when the sessions were opened is no part of each."""
    return statistics.median_low(_cpu_of_one_ping(service, program) for _ in range(pings))


def _cpu_of_one_ping(service: Service, program: Program) -> float:
    before, cpu = service.order("pongs")["pongs"], program.cpu_seconds()
    time.sleep(IDLE_PING_MS / 1000)
    answered = service.order("pongs")["pongs"] - before
    if not answered:
        raise VoidError("no ping was answered")
    return float((program.cpu_seconds() - cpu) / answered * 1e6)


@dataclass(frozen=True)
class Growth:
    events_per_second: float
    cpu_us: float
    memory_kb: int
    """Before anything was sent."""
    reconnect_seconds: float
    """From the moment when every connection is cut, to that when all have joined again."""
    reconnect_cpu_us: float
    """Of one session."""


def growth(client: Client, cores: Cores, sessions: int, events: int) -> Growth:
    each = max(events // sessions, 1)
    events = each * sessions
    on_stage = stage(client, cores, SESSIONS=sessions, EVENTS=events, MAY_END=1)
    with on_stage as (service, program):
        time.sleep(SETTLED)
        memory = program.memory_kb()
        service.begin("flood", each)
        done: dict[str, Any] = program.line(180)["done"]
        service.carried_out()
        cpu = program.cpu_seconds()
        service.order("cut")
        joined = service.order("await", sessions, seconds=180)
        cpu = program.cpu_seconds() - cpu
        _all_seen(program, events)
    return Growth(
        events_per_second=done["events"] / done["seconds"],
        cpu_us=done["cpu_seconds"] / done["events"] * 1e6,
        memory_kb=memory,
        reconnect_seconds=joined["seconds"],
        reconnect_cpu_us=cpu / sessions * 1e6,
    )


def _all_seen(program: Program, events: int) -> None:
    seen = program.end(10)["seen"]
    if seen != events:
        raise VoidError(f"{seen} events of {events} were seen")

"""What one run of one client measures: the sections of the page."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass

from ..process import Process, VoidError
from .clients import Client
from .stage import Cores, Service, stage

RATE = 1_000
"""Events a second in the measurement of latency."""
IDLE_PING_MS = 5_000
BIG_EVENT = 20_000
SETTLED = 2.0
"""Seconds after which nothing of the start-up still runs."""


@dataclass(frozen=True)
class Flood:
    events_per_second: float
    cpu_us: float
    """Per event."""
    peak_kb: int


def flood(client: Client, cores: Cores, events: int, sessions: int = 1) -> Flood:
    each = max(events // sessions, 1)
    with stage(client, cores, EVENTS=each * sessions, SESSIONS=sessions) as (service, process):
        service.start("flood", each)
        done = process.event("done", 120)
        service.result()
        peak = process.peak_kb()
        _check_all_read(process, each * sessions)
    return Flood(
        events_per_second=done["events"] / done["seconds"],
        cpu_us=done["cpu_seconds"] / done["events"] * 1e6,
        peak_kb=peak,
    )


@dataclass(frozen=True)
class Latency:
    """µs from the server's send to the handler."""

    p50: float
    p99: float
    p999: float


def latency(client: Client, cores: Cores, seconds: int) -> Latency:
    events = RATE * seconds
    with stage(client, cores, EVENTS=events, TIMED=1) as (service, process):
        service.start("rate", RATE, events)
        done = process.event("done", seconds * 2 + 30)
        service.result()
        _check_all_read(process, events)
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
    """Watches `pings` pings to each session before it reads the memory, because a garbage collector
    may take its time. `big` sends a large event to each session after that."""
    with stage(client, cores, ping_ms=IDLE_PING_MS, tls=True, SESSIONS=sessions) as on_stage:
        service, process = on_stage
        time.sleep(SETTLED)
        cpu = _cpu_per_ping(service, process, pings) if pings else 0.0
        memory, peak = process.memory_kb(), process.peak_kb()
        if big:
            service.run("big", BIG_EVENT)
            time.sleep(SETTLED)
        return Idle(service.connect_seconds, memory, peak, cpu, process.memory_kb())


def _cpu_per_ping(service: Service, process: Process, pings: int) -> float:
    """The lower median, because a collector that runs once, after the sessions were opened, is not
    part of each ping's cost."""
    return statistics.median_low(_cpu_of_one_ping(service, process) for _ in range(pings))


def _cpu_of_one_ping(service: Service, process: Process) -> float:
    before, cpu = service.run("pongs")["pongs"], process.cpu_seconds()
    time.sleep(IDLE_PING_MS / 1000)
    answered = service.run("pongs")["pongs"] - before
    if not answered:
        raise VoidError("no ping was answered")
    return float((process.cpu_seconds() - cpu) / answered * 1e6)


@dataclass(frozen=True)
class Growth:
    events_per_second: float
    cpu_us: float
    memory_kb: int
    """Before an event was sent."""
    reconnect_seconds: float
    """From the cut of every connection until all sessions have joined again."""
    reconnect_cpu_us: float
    """Per session."""


def growth(client: Client, cores: Cores, sessions: int, events: int) -> Growth:
    each = max(events // sessions, 1)
    events = each * sessions
    on_stage = stage(client, cores, SESSIONS=sessions, EVENTS=events, MAY_END=1)
    with on_stage as (service, process):
        time.sleep(SETTLED)
        memory = process.memory_kb()
        service.start("flood", each)
        done = process.event("done", 180)
        service.result()
        cpu = process.cpu_seconds()
        service.run("cut")
        joined = service.run("await", sessions, seconds=180)
        cpu = process.cpu_seconds() - cpu
        _check_all_read(process, events)
    return Growth(
        events_per_second=done["events"] / done["seconds"],
        cpu_us=done["cpu_seconds"] / done["events"] * 1e6,
        memory_kb=memory,
        reconnect_seconds=joined["seconds"],
        reconnect_cpu_us=cpu / sessions * 1e6,
    )


def _check_all_read(process: Process, events: int) -> None:
    process.close_stdin()
    read = process.event("end", 10)["events"]
    if read != events:
        raise VoidError(f"{read} events of {events} were read")

"""One fault, injected into one client's connection."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

from ..process import Process
from ..programs import built
from ..simulator import TOKEN, Simulator, notification_url
from .clients import PROFILE, Client
from .faults import Fault
from .host_name import HOST, HostName
from .relay import LOOPBACK, Relay
from .scene import Scene

ATTEMPTS = 3
HEARTBEAT_MS = 200
"""Both the interval and the timeout: a silent connection is dead after twice that."""
SETTLING = 0.5
"""Seconds without a complaint before the fault, so that the fault causes whatever follows."""


@dataclass(frozen=True)
class Result:
    fault: str
    client: str
    noticed: float | None
    """Seconds after the fault began; negative before an announced end."""
    noticed_by: str | None
    recovered: float | None
    """Seconds after the service was well again."""
    resync: bool
    """Whether a notification made the program query for the changes it missed."""
    printed: int
    events: list[dict[str, Any]]


class NotConnectedError(Exception):
    pass


def run(fault: Fault, client: Client, interval: float, bound: float) -> Result:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(fault, client, interval, bound)
        except NotConnectedError:
            # A busy machine can delay a heartbeat of 200 ms.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _once(fault: Fault, client: Client, interval: float, bound: float) -> Result:
    heartbeat = ("--ping-interval", str(HEARTBEAT_MS), "--ping-timeout", str(HEARTBEAT_MS))
    binary = built(PROFILE, "drivebell-simulator")
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(binary, *heartbeat, *fault.switches))
        host_name = stack.enter_context(HostName()) if fault.host_name else None
        host = LOOPBACK if host_name is None else HOST
        relay = stack.enter_context(Relay(simulator.port, host)) if fault.relay else None
        base_url = simulator.base_url if relay is None else relay.base_url
        environment = {"REPORT": "each", "GRAPH_URL": base_url, "GRAPH_TOKEN": TOKEN}
        if not client.calls_graph:
            environment["NOTIFICATION_URL"] = notification_url(base_url)
        command = list(client.program.command)
        if host_name is not None:
            command = host_name.command(command)
        # The log of a library is not a report to the program.
        process = stack.enter_context(Process(command, environment, quiet=True))
        scene = Scene(simulator, process, relay, host_name, client.follows_changes)
        _connect(scene, interval)
        before = len(scene.events)
        fault.inject(scene)
        announced_from = time.monotonic()
        scene.restored_at = scene.restored_at or announced_from
        delivered = scene.announce_until_delivered(announced_from, interval, bound)
        # A resync may follow right behind.
        scene.watch(interval)
        events = scene.events[before:]
        # A change that was announced after the fault is the recovery; an earlier notification is
        # the fault itself, passed on.
        notices = [e for e in events if e.name != "notification" or e.at < announced_from]
        # An event before the fault counts only if none followed the fault.
        notices.sort(key=lambda e: e.at < scene.began_at)
        return Result(
            fault=fault.row,
            client=client.name,
            noticed=notices[0].at - scene.began_at if notices else None,
            noticed_by=notices[0].name if notices else None,
            recovered=delivered.at - scene.restored_at if delivered else None,
            resync=any(e.name == "resync" for e in events),
            printed=process.printed,
            events=[asdict(e) | {"at": round(e.at - scene.began_at, 3)} for e in events[:50]],
        )


def _connect(scene: Scene, interval: float) -> None:
    if not scene.wait_for(lambda: scene.first("connected", 0) is not None, 10):
        raise NotConnectedError(f"not connected; it reported {scene.events}")
    if scene.announce_until_delivered(0, interval, 5) is None:
        raise NotConnectedError(f"connected, but no change arrived; it reported {scene.events}")
    scene.watch(SETTLING)
    if any(each.name not in ("connected", "notification") for each in scene.events):
        raise NotConnectedError(f"disturbed before the fault; it reported {scene.events}")

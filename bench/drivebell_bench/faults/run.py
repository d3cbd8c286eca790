"""One fault, put to one client."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .clients import Client
from .faults import Fault
from .front import LOOPBACK, Front
from .name import HOST, Name
from .process import Process
from .scene import Scene
from .simulator import TOKEN, Simulator, notification_url

ATTEMPTS = 3
SETTLING = 0.5
"""Seconds without a complaint before the fault, so that what follows is the fault's doing."""


@dataclass(frozen=True)
class Result:
    fault: str
    client: str
    noticed: float | None
    """Seconds after the fault began; before an announced end it is negative."""
    noticed_by: str | None
    recovered: float | None
    """Seconds after the service was well again."""
    gap_told: bool
    """Whether the program was told, on its data channel, to look for what it missed."""
    printed: int
    told: list[dict[str, Any]]


class NotConnectedError(Exception):
    pass


def run(fault: Fault, client: Client, simulator: Path, interval: float, bound: float) -> Result:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _once(fault, client, simulator, interval, bound)
        except NotConnectedError:
            # A busy machine can make a heartbeat of 200 ms late.
            if attempt == ATTEMPTS:
                raise
    raise AssertionError


def _once(fault: Fault, client: Client, binary: Path, interval: float, bound: float) -> Result:
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(binary, *fault.switches))
        name = stack.enter_context(Name()) if fault.name else None
        host = LOOPBACK if name is None else HOST
        front = stack.enter_context(Front(simulator.port, host)) if fault.front else None
        base_url = simulator.base_url if front is None else front.base_url
        command = list(client.command)
        if not client.asks_graph:
            command.append(notification_url(base_url))
        if name is not None:
            command = name.command(command)
        environment = {"GRAPH_URL": base_url, "GRAPH_TOKEN": TOKEN}
        process = stack.enter_context(Process(command, environment))
        scene = Scene(simulator, process, front, name)
        _connect(scene, interval)
        seen = len(scene.told)
        fault.strike(scene)
        announced_from = time.monotonic()
        scene.well = scene.well or announced_from
        back = scene.announce_until_told(announced_from, interval, bound)
        # What is told of a gap may come right behind.
        scene.watch(interval)
        told = scene.told[seen:]
        # A change that was announced after the fault is the recovery; a notification before is
        # the fault itself, passed on.
        notices = [t for t in told if t.what != "notification" or t.at < announced_from]
        # What was told before it is an answer to the fault only if nothing was told after it.
        notices.sort(key=lambda t: t.at < scene.struck)
        return Result(
            fault=fault.row,
            client=client.name,
            noticed=notices[0].at - scene.struck if notices else None,
            noticed_by=notices[0].what if notices else None,
            recovered=back.at - scene.well if back else None,
            gap_told=any(t.what == "resync" for t in told),
            printed=process.printed,
            told=[asdict(t) | {"at": round(t.at - scene.struck, 3)} for t in told[:50]],
        )


def _connect(scene: Scene, interval: float) -> None:
    if not scene.wait_for(lambda: scene.first("connected", 0) is not None, 10):
        raise NotConnectedError(f"not connected; told {scene.told}")
    if scene.announce_until_told(0, interval, 5) is None:
        raise NotConnectedError(f"connected, but not told of a change; told {scene.told}")
    scene.watch(SETTLING)
    if any(each.what not in ("connected", "notification") for each in scene.told):
        raise NotConnectedError(f"not undisturbed; told {scene.told}")

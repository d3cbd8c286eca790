"""One run: all clients follow the same drive on the same service."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from ..process import Process, VoidError
from ..simulator import TOKEN, Simulator
from .clients import Client
from .life import HOUR, Life
from .service import Clock, items, unkind

STARTING = 60.0
ENUMERATING_MS = 1500
"""How long a page of the first enumeration takes, so that all clients are in theirs together."""
SETTLING = 300
"""Simulated seconds after the last change, longer than every lag."""
AUDIT_AFTER = 30.0
"""Seconds from the end of the hour to drivebell's audit, at least: so long the start may take."""
AUDITING = 60.0


@dataclass(frozen=True)
class Wrong:
    """How many rows are wrong."""

    missing: int
    surplus: int
    stale: int

    @property
    def total(self) -> int:
        return self.missing + self.surplus + self.stale


@dataclass
class Result:
    client: str
    after_hour: Wrong | None = None
    after_audit: Wrong | None = None
    failed: int = 0
    """How many looks failed."""
    changed: dict[str, int] = field(default_factory=dict)
    """Rows that were changed, by the trigger of the query, up to the end of the hour."""
    by_audit: dict[str, int] = field(default_factory=dict)
    """The same, after the hour."""


@dataclass(frozen=True)
class Found:
    results: list[Result]
    changes: dict[str, int]
    rows: int


def run(clients: list[Client], clock: Clock, seed: int) -> Found:
    with ExitStack() as stack:
        simulator = stack.enter_context(unkind(clock, seed))
        simulator.fault(f"delay={ENUMERATING_MS},on=delta")
        environment = {"GRAPH_URL": simulator.base_url, "GRAPH_TOKEN": TOKEN}
        environment["SCALE"] = str(clock.scale)
        environment["AUDIT_INTERVAL"] = str(clock.real(HOUR + SETTLING) + AUDIT_AFTER)
        watched = [
            _Watched(
                client,
                stack.enter_context(Process(client.program.command, environment, quiet=True)),
            )
            for client in clients
        ]
        life = Life(simulator, clock, seed)
        _enumerate(simulator, watched, life)
        life.live()
        time.sleep(clock.real(SETTLING))
        truth = items(simulator)
        for each in watched:
            each.result.after_hour, each.result.changed = each.compare(truth)
        _audit(watched)
        time.sleep(clock.real(SETTLING))
        for each in watched:
            each.result.after_audit, changed = each.compare(truth)
            before = each.result.changed
            each.result.by_audit = {
                trigger: rows - before.get(trigger, 0)
                for trigger, rows in changed.items()
                if rows > before.get(trigger, 0)
            }
        return Found(
            results=[each.result for each in watched],
            changes=dict(life.changes),
            rows=len(truth),
        )


def _enumerate(simulator: Simulator, watched: list[_Watched], life: Life) -> None:
    """Waits until all clients are in their enumerations, and makes items again meanwhile."""
    for each in watched:
        each.wait("begun", STARTING)
    if any(each.has("enumerated") for each in watched):
        raise VoidError("a client has enumerated the drive before another has begun to")
    life.recreate()
    for fault in simulator.request("GET", "/_simulator/faults"):
        if "delay" in fault["fault"]["action"]:
            simulator.request("DELETE", f"/_simulator/faults/{fault['id']}")
    for each in watched:
        each.wait("enumerated", STARTING)


def _audit(watched: list[_Watched]) -> None:
    until = time.monotonic() + AUDIT_AFTER + AUDITING
    for each in watched:
        if not each.client.is_ours:
            each.process.write("audit")
    for each in watched:
        each.wait("audited", until - time.monotonic())


class _Watched:
    """A client, and what it has reported and nobody has waited for yet."""

    def __init__(self, client: Client, process: Process) -> None:
        self.client = client
        self.process = process
        self.result = Result(client.name)
        self._reported: list[dict[str, Any]] = []

    def wait(self, event: str, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while True:
            for line in self._reported:
                if line["event"] == event:
                    self._reported.remove(line)
                    return line
            try:
                self._add(self.process.json(max(0.0, until - time.monotonic())))
            except VoidError as error:
                raise VoidError(f"{self.client.name}, {event}: {error}") from None

    def has(self, event: str) -> bool:
        while not self.process.lines.empty():
            self._add(self.process.json(0))
        return any(line["event"] == event for line in self._reported)

    def _add(self, line: dict[str, Any]) -> None:
        if line["event"] == "failed":
            self.result.failed += 1
        else:
            self._reported.append(line)

    def compare(self, truth: list[dict[str, Any]]) -> tuple[Wrong, dict[str, int]]:
        self.process.write("rows")
        report = self.wait("rows", STARTING)
        # The root has no parent.
        rows = {row[0]: row[1:] for row in report["rows"] if row[2] is not None}
        true = {item["id"]: [item["name"], item["parent"], item["eTag"]] for item in truth}
        both = rows.keys() & true.keys()
        wrong = Wrong(
            missing=len(true.keys() - rows.keys()),
            surplus=len(rows.keys() - true.keys()),
            stale=sum(rows[item] != true[item] for item in both),
        )
        changed: dict[str, int] = report["changed"]
        return wrong, changed

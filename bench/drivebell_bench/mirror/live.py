"""What happens in the drive while a mirror follows it, and when its program hears of it."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty
from typing import Any

from ..delta.service import Recorded
from ..process import Process, VoidError
from ..programs import Program
from .run import Stage

DRIVE = "/v1.0/me/drive"
SECONDS = 60.0
"""The longest wait for a change."""

QUIET = 1.0
"""Seconds between two changes, so that each has a delta query of its own."""

UPLOADS_TO = "folder-00001"


@dataclass(frozen=True)
class Latency:
    """In milliseconds: from the request that changed the drive, and from the page that brings the
    change, until the program had it."""

    since_request: float
    since_page: float


@dataclass
class Found:
    uploads: list[Latency] = field(default_factory=list)
    renames: list[Latency] = field(default_factory=list)
    expanded: list[Latency] = field(default_factory=list)
    """Until the program had the last change."""
    descendants: int = 0


class Follower:
    """A program that follows a mirror."""

    def __init__(self, process: Process, service: Recorded) -> None:
        self._process = process
        self._service = service

    def change(self, kind: str, name: str) -> dict[str, Any]:
        """Waits for the change of the item with this name."""
        while True:
            seen = self._process.event("change", SECONDS)
            if seen["kind"] == kind and seen["path"].rpartition("/")[2] == name:
                return seen

    def expanded(self) -> dict[str, Any]:
        return self._process.event("expanded", SECONDS)

    def page(self, name: str) -> int:
        """When the page with this item was written."""
        lines = self._service.process.lines
        while True:
            try:
                line = lines.get(timeout=SECONDS)
            except Empty:
                raise VoidError(f"no page has brought {name}") from None
            if line is None:
                raise VoidError("the service has ended")
            page = json.loads(line.text)
            if name in page["names"]:
                at_ns: int = page["at_ns"]
                return at_ns

    def upload(self, name: str) -> Latency:
        began = time.monotonic_ns()
        path = f"{DRIVE}/root:/{UPLOADS_TO}/{name}:/content"
        self._service.simulator.request("PUT", path, "content")
        seen = self.change("created", name)
        return _latency(began, self.page(name), seen)

    def rename(self, folder: str, name: str, found: Found, *, expand: bool) -> None:
        began = time.monotonic_ns()
        body = json.dumps({"name": name})
        self._service.simulator.request("PATCH", f"{DRIVE}/items/{folder}", body)
        seen = self.change("renamed", name)
        found.descendants = seen["descendants"]
        last = self.expanded() if expand else seen
        if expand and last["changes"] != found.descendants:
            raise VoidError(f"{last['changes']} changes for {found.descendants} items")
        latencies = found.expanded if expand else found.renames
        latencies.append(_latency(began, self.page(name), last))


def _latency(began: int, page: int, seen: dict[str, Any]) -> Latency:
    at = seen["at_ns"]
    if not began < page < at:
        raise VoidError("a change came before its page")
    return Latency((at - began) / 1e6, (at - page) / 1e6)


@contextmanager
def following(
    program: Program, stage: Stage, file: Path, *, expand: bool = False
) -> Iterator[Follower]:
    """Runs the program until it follows the drive live."""
    service = stage.service
    _wait_for_connections(service, 0)
    with stage.start(program, FILE=file, EXPAND=int(expand)) as process:
        process.event("ready", SECONDS)
        _wait_for_connections(service, 1)
        follower = Follower(process, service)
        follower.upload(f"hello-{time.monotonic_ns()}.txt")
        time.sleep(QUIET)
        yield follower


def _wait_for_connections(service: Recorded, number: int) -> None:
    deadline = time.monotonic() + SECONDS
    while service.simulator.request("GET", "/_simulator/connected") != number:
        if time.monotonic() > deadline:
            raise VoidError(f"there were never {number} connections")
        time.sleep(0.1)


def fill_a_folder(program: Program, stage: Stage, file: Path, items: int) -> str:
    """Moves folders into a new one until about so many items are in it. Returns its id."""
    simulator = stage.service.simulator
    body = json.dumps({"name": "Big", "folder": {}})
    big: str = simulator.request("POST", f"{DRIVE}/root/children", body)["id"]
    chosen = list(_folders(file, items))
    with following(program, stage, file) as follower:
        for folder, _ in chosen:
            body = json.dumps({"parentReference": {"id": big}})
            simulator.request("PATCH", f"{DRIVE}/items/{folder}", body)
        follower.change("moved", chosen[-1][1])
        time.sleep(QUIET)
    return big


def _folders(file: Path, items: int) -> Iterator[tuple[str, str]]:
    """Folders with about so many items in all, the large ones first: id and name of each."""
    database = sqlite3.connect(file)
    folders: list[tuple[str, str, str, int]] = database.execute(
        "SELECT id, name, parent_id, descendants FROM item WHERE type = 'folder'"
        " AND name <> ? ORDER BY descendants DESC, name",
        (UPLOADS_TO,),
    ).fetchall()
    database.close()
    # A folder comes before those in it.
    taken = set[str]()
    for folder, name, parent, descendants in folders:
        if parent in taken:
            taken.add(folder)
        elif 1 + descendants <= items:
            taken.add(folder)
            items -= 1 + descendants
            yield folder, name


def measure(program: Program, stage: Stage, file: Path, big: str, rounds: int) -> Found:
    """Works on its own copy of the file."""
    found = Found()
    stamp = time.monotonic_ns()
    with following(program, stage, file) as follower:
        for number in range(3 * rounds):
            found.uploads.append(follower.upload(f"upload-{stamp}-{number}.txt"))
            time.sleep(QUIET)
        for number in range(rounds):
            follower.rename(big, f"Big {stamp} {number}", found, expand=False)
            time.sleep(QUIET)
    with following(program, stage, file, expand=True) as follower:
        for number in range(max(3, rounds // 3)):
            follower.rename(big, f"Big {stamp} e{number}", found, expand=True)
            time.sleep(QUIET)
    return found

"""One client connected to one simulator: what a fault acts upon, and what the client is told."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

from .front import Front
from .name import Name
from .process import Process
from .simulator import Simulator


@dataclass(frozen=True)
class Told:
    """What the client's own callbacks or events said to the program."""

    at: float
    what: str
    detail: str = ""


class Scene:
    def __init__(
        self, simulator: Simulator, client: Process, front: Front | None, name: Name | None
    ) -> None:
        self.simulator = simulator
        self.told: list[Told] = []
        self._client = client
        self._front = front
        self._name = name
        self.struck = 0.0
        """When the fault began."""
        self.well = 0.0
        """When the service was well again; by default when the fault's work is done."""

    @property
    def front(self) -> Front:
        assert self._front is not None, "the fault did not ask for a front"
        return self._front

    @property
    def name(self) -> Name:
        assert self._name is not None, "the fault did not ask for a name"
        return self._name

    def strikes(self) -> None:
        """The fault begins now."""
        self.struck = time.monotonic()

    def watch_until(self, moment: float) -> None:
        """Collects what the client is told."""
        while (left := moment - time.monotonic()) > 0:
            try:
                line = self._client.lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                self.told.append(Told(time.monotonic(), "ended", "the program ended"))
                time.sleep(max(0.0, moment - time.monotonic()))
                return
            said = json.loads(line.text)
            self.told.append(Told(line.at, said["told"], said.get("detail", "")))

    def watch(self, seconds: float) -> None:
        self.watch_until(time.monotonic() + seconds)

    def first(self, what: str, since: float) -> Told | None:
        return next((each for each in self.told if each.what == what and each.at >= since), None)

    def announce_until_told(self, since: float, interval: float, bound: float) -> Told | None:
        """Announces a change again and again, until the client is told of one."""
        end = time.monotonic() + bound
        while time.monotonic() < end:
            self.simulator.announce()
            self.watch(interval)
            if told := self.first("notification", since):
                return told
        return None

    def wait_for(self, condition: Callable[[], bool], bound: float) -> bool:
        end = time.monotonic() + bound
        while not condition():
            if time.monotonic() >= end:
                return False
            self.watch(0.02)
        return True

"""One client connected to one simulator: what a fault acts upon, and what the client reports."""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..process import Process
from ..simulator import Simulator
from .host_name import HostName
from .relay import Relay


@dataclass(frozen=True)
class Event:
    """A report of the library to the program, by a callback or as an event."""

    at: float
    name: str
    detail: str = ""


class Scene:
    def __init__(
        self,
        simulator: Simulator,
        client: Process,
        relay: Relay | None,
        host_name: HostName | None,
        edits_drive: bool = False,
    ) -> None:
        self.simulator = simulator
        self.events: list[Event] = []
        self._client = client
        self._relay = relay
        self._host_name = host_name
        self._edits_drive = edits_drive
        self._edits = 0
        self.began_at = 0.0
        """When the fault began."""
        self.restored_at = 0.0
        """When the service was well again; by default when the fault's function returns."""

    @property
    def relay(self) -> Relay:
        assert self._relay is not None, "the fault did not ask for a relay"
        return self._relay

    @property
    def host_name(self) -> HostName:
        assert self._host_name is not None, "the fault did not ask for a host name"
        return self._host_name

    def begin(self) -> None:
        """The fault begins now."""
        self.began_at = time.monotonic()

    def watch_until(self, moment: float) -> None:
        """Collects what the client reports."""
        while (left := moment - time.monotonic()) > 0:
            try:
                line = self._client.lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                self.events.append(Event(time.monotonic(), "ended", "the program ended"))
                time.sleep(max(0.0, moment - time.monotonic()))
                return
            reported = json.loads(line.text)
            self.events.append(Event(line.at, reported["event"], reported.get("detail", "")))

    def watch(self, seconds: float) -> None:
        self.watch_until(time.monotonic() + seconds)

    def first(self, name: str, since: float) -> Event | None:
        return next((each for each in self.events if each.name == name and each.at >= since), None)

    def announce_until_delivered(self, since: float, interval: float, bound: float) -> Event | None:
        """Announces a change again and again, until the client reports a notification."""
        end = time.monotonic() + bound
        while time.monotonic() < end:
            self._change()
            self.watch(interval)
            if delivered := self.first("notification", since):
                return delivered
        return None

    def _change(self) -> None:
        if not self._edits_drive:
            self.simulator.announce()
            return
        self._edits += 1
        self.simulator.upload(f"{self._edits}.txt")

    def wait_for(self, condition: Callable[[], bool], bound: float) -> bool:
        end = time.monotonic() + bound
        while not condition():
            if time.monotonic() >= end:
                return False
            self.watch(0.02)
        return True

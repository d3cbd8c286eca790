"""The simulator with thousands of drives: its editor, and when it was watched."""

from __future__ import annotations

import json
import resource
import time
import urllib.error
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from proof.deadline import DEADLINE
from proof.tokens import TOKEN
from simulator import Simulator


class Edit(NamedTuple):
    """What the simulator's editor did."""

    at: float
    """In seconds since the Unix epoch."""
    drive: str
    item: str
    state: str | None
    """The eTag; `None` if the item was deleted."""


class Watch(NamedTuple):
    at: float
    what: str
    """`joined`, `left` or `queried`."""
    drive: str


@dataclass
class Graph:
    """Microsoft Graph, as the simulator plays it."""

    drives: int
    options: tuple[str, ...] = ()
    simulator: Simulator = field(init=False)

    def __enter__(self) -> Graph:
        # A socket for each drive.
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        options = ("--drives", str(self.drives), *self.options)
        self.simulator = Simulator(options=options, tokens=(TOKEN,))
        self.simulator.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.simulator.kill()

    @property
    def url(self) -> str:
        return self.simulator.base_url

    def ids(self) -> list[str]:
        return [f"drive-{number:05}" for number in range(1, self.drives + 1)]

    def edit(self, rate: float, drives: list[str] | None = None) -> None:
        """Changes random drives so many times a second, until `stop_editing`."""
        orders = {"rate": rate, "drives": drives or self.ids(), "seed": 1}
        self._http("PUT", "/_simulator/editor", json.dumps(orders).encode())

    def stop_editing(self) -> None:
        self._http("DELETE", "/_simulator/editor")

    def edits(self) -> list[Edit]:
        """What was edited so far."""
        return [Edit(at / 1e6, *rest) for at, *rest in self._pages("editor")]

    def watching(self) -> list[Watch]:
        """When sockets joined and left, and when drives were looked at."""
        return [Watch(at / 1e6, *rest) for at, *rest in self._pages("watching")]

    def connected(self) -> int:
        return int(self._http("GET", "/_simulator/connected"))

    def endpoint_calls(self) -> int:
        return len(self._http("GET", "/_simulator/endpoint-calls"))

    def _http(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Again while thousands of sockets connect at once, and leave no room for others."""
        end = time.monotonic() + DEADLINE
        while True:
            try:
                return self.simulator.http(method, path, body)
            except (urllib.error.URLError, TimeoutError):
                if self.simulator.process.poll() is not None or time.monotonic() > end:
                    raise

    def _pages(self, route: str) -> list[Any]:
        entries: list[Any] = []
        while page := self._http("GET", f"/_simulator/{route}?after={len(entries)}"):
            entries += page
        return entries

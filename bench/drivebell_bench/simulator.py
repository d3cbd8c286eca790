"""The simulated service: started, queried and disturbed over its control routes."""

from __future__ import annotations

import json
import time
import urllib.request
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .process import Process

TOKEN = "bench-token"
ENDPOINT = "/v1.0/me/drive/root/subscriptions/socketIo"
TIMEOUT = 15.0
"""Seconds to wait for a response."""
STARTING = 120.0
"""Seconds to wait for the start: a large drive takes its time."""


class Simulator:
    """Runs while its context is entered; `switches` are its command-line options."""

    def __init__(self, binary: Path, *switches: str, core: str | None = None) -> None:
        self._binary = binary
        self._switches = switches
        self._core = core
        self.port = 0
        self.start()

    def start(self) -> None:
        """Starts it, on the same port as before if it ran before."""
        options = ("--exit-with-stdin", "--token", TOKEN, "--port", str(self.port))
        command: list[str | Path] = [self._binary, *options, *self._switches]
        self.process = Process(command, core=self._core, quiet=True)
        self.base_url = self.process.text(STARTING).split()[-1]
        self.port = int(self.base_url.rpartition(":")[2])

    def kill(self) -> None:
        self.process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    @cached_property
    def namespace(self) -> str:
        namespace: str = self.request("GET", "/_simulator/state")["namespace"]
        return namespace

    @cached_property
    def _drive(self) -> str:
        drive: str = self.request("GET", "/_simulator/state")["drives"][0]["id"]
        return drive

    def request(self, method: str, path: str, body: str | None = None) -> Any:
        return request(self.base_url, method, path, body)

    def requests(self) -> list[dict[str, Any]]:
        """The last requests that it received."""
        found: list[dict[str, Any]] = self.request("GET", "/_simulator/requests")
        return found

    def fault(self, fault: str | dict[str, Any]) -> None:
        """Sets a fault, in the short form or as JSON."""
        body = fault if isinstance(fault, str) else json.dumps(fault)
        self.request("POST", "/_simulator/faults", body)

    def release(self) -> None:
        """Ends every fault that lasts until it is released."""
        self.request("DELETE", "/_simulator/faults")

    def announce(self) -> None:
        """Announces one change."""
        self.request("POST", f"/_simulator/notify?drive={self._drive}")

    def upload(self, name: str) -> None:
        """Makes a file in the drive, which announces a change."""
        self.request("PUT", f"/v1.0/me/drive/root:/{name}:/content", "content")

    def issued_at(self) -> float:
        """When the first notification URL was issued, by `time.monotonic`."""
        issued = next(each for each in self.requests() if each["path"] == ENDPOINT)
        issued_at: float = issued["receivedAtMicros"] / 1e6
        return time.monotonic() - (time.time() - issued_at)


def notification_url(base_url: str) -> str:
    """Gets a notification URL, as a program around a plain Socket.IO client would."""
    url: str = request(base_url, "GET", ENDPOINT)["notificationUrl"]
    return url


def request(base_url: str, method: str, path: str, body: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else body.encode()
    message = urllib.request.Request(base_url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(message, timeout=TIMEOUT) as response:
        return json.loads(response.read() or "null")

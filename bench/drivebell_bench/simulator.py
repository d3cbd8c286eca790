"""The simulated service: started, asked and disturbed over its control routes."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .process import Process

TOKEN = "faults-token"
ENDPOINT = "/v1.0/me/drive/root/subscriptions/socketIo"
HEARTBEAT_MS = 200
"""Both the interval and the timeout: a silent connection is dead after twice that."""
PATIENCE = 15.0


class Simulator(AbstractContextManager["Simulator"]):
    def __init__(self, binary: Path, *switches: str) -> None:
        self._binary = binary
        self._switches = switches
        self.port = 0
        self.start()
        state = self.request("GET", "/_simulator/state")
        self._drive: str = state["drives"][0]["id"]
        self.namespace: str = state["namespace"]

    def start(self) -> None:
        """On the port that it had before, if it was started before."""
        heartbeat = ("--ping-interval", str(HEARTBEAT_MS), "--ping-timeout", str(HEARTBEAT_MS))
        self._process = Process(
            [
                *(self._binary, "--exit-with-stdin", "--token", TOKEN, "--port", str(self.port)),
                *heartbeat,
                *self._switches,
            ]
        )
        line = self._process.lines.get(timeout=PATIENCE)
        if line is None:
            raise RuntimeError("the simulator ended at once")
        self.base_url = line.text.split()[-1]
        self.port = int(self.base_url.rpartition(":")[2])

    def kill(self) -> None:
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def request(self, method: str, path: str, body: str | None = None) -> Any:
        return request(self.base_url, method, path, body)

    def fault(self, fault: str | dict[str, Any]) -> None:
        """Sets a fault, in short or as JSON."""
        body = fault if isinstance(fault, str) else json.dumps(fault)
        self.request("POST", "/_simulator/faults", body)

    def release(self) -> None:
        """Ends every fault that lasts until it is released."""
        self.request("DELETE", "/_simulator/faults")

    def announce(self) -> None:
        """Announces one change."""
        self.request("POST", f"/_simulator/notify?drive={self._drive}")

    def issued_at(self) -> float:
        """When the first notification URL was asked for, by `time.monotonic`."""
        asked = self.request("GET", "/_simulator/requests")
        micros: int = next(each["receivedAtMicros"] for each in asked if each["path"] == ENDPOINT)
        return time.monotonic() - (time.time() - micros / 1e6)


def notification_url(base_url: str) -> str:
    """Asks for a notification URL, as a program around a plain Socket.IO client would."""
    url: str = request(base_url, "GET", ENDPOINT)["notificationUrl"]
    return url


def request(base_url: str, method: str, path: str, body: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else body.encode()
    message = urllib.request.Request(base_url + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(message, timeout=PATIENCE) as response:
        return json.loads(response.read() or "null")

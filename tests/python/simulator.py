"""The simulated service on a loopback port."""

from __future__ import annotations

import json
import os
import ssl
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server_process import ServerProcess

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("DRIVEBELL_SIMULATOR", REPOSITORY / "target/fast/drivebell-simulator"))
SERVICES: dict[str, tuple[str | Path, ...]] = {
    "simulator": (BINARY,),
    "socket.io": ("node", REPOSITORY / "tests/servers/service.mjs"),
}
"""The implementations: ours, and one on npm socket.io. Both take the same options and routes."""
TOKEN = "the-token-of-the-tests"
MY_DRIVE = "b!me"


@dataclass
class Simulator(ServerProcess):
    """A process that simulates the service, with the options of the simulator's command line."""

    options: tuple[str, ...] = ()
    service: str = "simulator"
    tokens: tuple[str, ...] = (TOKEN,)
    port: int = 0

    def command(self) -> list[str]:
        tokens = [part for token in self.tokens for part in ("--token", token)]
        program = [str(part) for part in SERVICES[self.service]]
        return [*program, "--port", str(self.port), "--exit-with-stdin", *tokens, *self.options]

    def start_again(self) -> None:
        """Restarts at the same address after `kill`. It no longer knows the URLs that it issued."""
        self.port = urllib.parse.urlsplit(self.base_url).port or 0
        self.__enter__()

    def http(self, method: str, path: str, body: bytes | None = None) -> Any:
        """Sends a request with the first token. Returns the response's JSON, or None."""
        request = urllib.request.Request(
            self.base_url + urllib.parse.quote(path, safe="/!:?=&@,"),
            data=body,
            method=method,
            headers={
                "Authorization": f"Bearer {self.tokens[0]}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=60, context=self.trusted()) as response:
            text = response.read()
        return json.loads(text) if text else None

    def trusted(self) -> ssl.SSLContext | None:
        """The certificates that the requests of this class trust."""
        return None

    def upload(self, name: str, drive: str = MY_DRIVE) -> Any:
        return self.http("PUT", f"/v1.0/drives/{drive}/root:/{name}:/content", b"content")

    def notify(self, count: int = 1, drive: str = MY_DRIVE) -> None:
        """Sends `count` events to the drive's subscribers."""
        self.http("POST", f"/_simulator/notify?drive={drive}&count={count}")

    def fault(self, action: str | dict[str, Any], **fields: Any) -> None:
        """Injects a fault (see simulator/README.md) into the current connections."""
        acted = self._set_fault({"action": action, "when": "now", **fields})
        assert acted > 0, f"{action} acted on no connection"

    def coming_fault(self, action: str | dict[str, Any], **fields: Any) -> None:
        """Injects a fault into future requests. Only our simulator supports this."""
        self._set_fault({"action": action, "when": "next", **fields})

    def set_fault(self, fault: str) -> None:
        """Sets a fault that is written as on the command line. Only our simulator knows it."""
        self.http("POST", "/_simulator/faults", fault.encode())

    def release_faults(self) -> None:
        self.http("DELETE", "/_simulator/faults")

    def _set_fault(self, fault: dict[str, Any]) -> int:
        return int(self.http("POST", "/_simulator/faults", json.dumps(fault).encode())["acted"])

    def endpoint_calls(self) -> int:
        return sum(call["path"].endswith("/socketIo") for call in self.requests())

    def requests(self) -> list[dict[str, Any]]:
        """All requests that it received, except those of its control routes."""
        return list(self.http("GET", "/_simulator/requests"))

    def connected(self) -> int:
        return int(self.http("GET", "/_simulator/state")["connected"])

    def sent(self) -> int:
        """How many events it has written to a socket."""
        return len(self.http("GET", "/_simulator/events"))

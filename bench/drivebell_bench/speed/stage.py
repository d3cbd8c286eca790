"""The load server and one client, each on its own core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..paths import REPOSITORY
from ..process import Process
from ..programs import built
from .clients import PROFILE, Client

CERTIFICATES = REPOSITORY / "tests/servers/tls"
QUIET_PING_MS = 25_000
"""The interval of the reference implementation: no ping arrives while events are counted."""


@dataclass(frozen=True)
class Cores:
    server: str
    client: str


class Service:
    """The load server, which runs one command after the other."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.url: str = process.json(10)["url"]
        self.connect_seconds = 0.0
        """From the first connection to the last session's joining."""

    def run(self, *words: object, seconds: float = 60) -> dict[str, Any]:
        """Runs a command and waits for its result."""
        self.start(*words)
        return self.result(seconds)

    def start(self, *words: object) -> None:
        self._process.write(" ".join(map(str, words)))

    def result(self, seconds: float = 60) -> dict[str, Any]:
        return self._process.json(seconds)


@contextmanager
def stage(
    client: Client,
    cores: Cores,
    *,
    ping_ms: int = QUIET_PING_MS,
    tls: bool = False,
    **settings: int,
) -> Iterator[tuple[Service, Process]]:
    """Both processes, when every session has joined."""
    sessions = settings.setdefault("SESSIONS", 1)
    certificate = [CERTIFICATES / "cert.pem", CERTIFICATES / "key.pem"] if tls else []
    server: list[str | Path] = [built(PROFILE, "bench-server"), str(ping_ms), *certificate]
    with Process(server, core=cores.server) as server_process:
        service = Service(server_process)
        environment = client.environment | {name: str(value) for name, value in settings.items()}
        environment["GRAPH_TOKEN"] = "token"
        environment["GRAPH_URL"] = service.url
        environment["NOTIFICATION_URL"] = f"{service.url}/notifications?token=t&applicationId=bench"
        if tls:
            ca = str(CERTIFICATES / "ca.pem")
            names = ("CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
            environment |= dict.fromkeys(names, ca)
        with Process(client.program.command, environment, core=cores.client) as process:
            joined = service.run("await", sessions, seconds=180)
            service.connect_seconds = joined["seconds"]
            process.event("connected", 60)
            yield service, process

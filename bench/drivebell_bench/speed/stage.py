"""The load server and one client, each on its core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from .clients import BUILT, CERTIFICATES, Client
from .program import Program

QUIET_PING_MS = 25_000
"""The interval of the reference implementation: none comes while events are counted."""


@dataclass(frozen=True)
class Cores:
    server: str
    client: str


class Service:
    def __init__(self, program: Program) -> None:
        self._program = program
        self.url: str = program.line(10)["url"]
        self.connect_seconds = 0.0
        """From the first session's coming to the last one's joining."""

    def order(self, *words: object, seconds: float = 60) -> dict[str, Any]:
        """Gives an order and waits until it is carried out."""
        self.begin(*words)
        return self._program.line(seconds)

    def begin(self, *words: object) -> None:
        self._program.write(" ".join(map(str, words)))

    def carried_out(self, seconds: float = 60) -> dict[str, Any]:
        return self._program.line(seconds)


@contextmanager
def stage(
    client: Client,
    cores: Cores,
    *,
    ping_ms: int = QUIET_PING_MS,
    tls: bool = False,
    **settings: int,
) -> Iterator[tuple[Service, Program]]:
    """Both programs, with every session joined."""
    sessions = settings.setdefault("SESSIONS", 1)
    certificate = [CERTIFICATES / "cert.pem", CERTIFICATES / "key.pem"] if tls else []
    with Program([BUILT / "speed-server", str(ping_ms), *certificate], cores.server, {}) as server:
        service = Service(server)
        environment = client.environment | {name: str(value) for name, value in settings.items()}
        environment["GRAPH_URL"] = service.url
        environment["NOTIFICATION_URL"] = f"{service.url}/notifications?token=t&applicationId=bench"
        if tls:
            ca = str(CERTIFICATES / "ca.pem")
            names = ("CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
            environment |= dict.fromkeys(names, ca)
        with Program(client.command, cores.client, environment) as program:
            service.connect_seconds = service.order("await", sessions, seconds=180)["seconds"]
            program.line(60)
            yield service, program

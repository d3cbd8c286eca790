"""A hostile case, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server import Handler, Tls

WHO = {
    "G": "whoever answers as Graph",
    "N": "the notification server",
    "T": "somebody between us and Graph",
}


@dataclass(frozen=True)
class Limits:
    """Generous, for a busy machine: about three times what was measured."""

    seconds: float = 6
    """From the start of the client to its end, beside the time after which it is stopped."""
    memory_mb: float = 24
    """Peak memory, beyond that of a client whose server is well."""
    cpu: float = 0.7
    """CPU time as a part of the time that it ran, beyond a second for the start."""
    requests: int | None = None
    """Requests to Graph."""


@dataclass(frozen=True)
class Case:
    arrives: str
    who: str
    mode: str
    """Of the client: see `clients/client.py`."""
    graph: Handler
    socket: Handler
    happens: str
    """For people, in `docs/limits.md`."""
    limits: Limits
    told: str = ""
    """A part of what the program is told."""
    never: tuple[str, ...] = ()
    """What it must never be told."""
    options: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    tls: Tls | None = None

    def __str__(self) -> str:
        return self.arrives

"""Faults: what the simulator does wrong on demand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

from .._errors import invalid

FaultAction = Literal[
    "answer",
    "close",
    "cut",
    "delay",
    "disconnect",
    "engineClose",
    "expire",
    "frame",
    "hold",
    "ignoreJoin",
    "inject",
    "recreate",
    "refuseNamespace",
    "reset",
    "serverDisconnect",
    "silence",
    "split",
    "text",
]
"""The names of the simulator's faults. simulator/README.md describes them, with their fields."""

FaultTarget = Literal[
    "all", "graph", "endpoint", "delta", "socket", "identity", "devicecode", "token"
]
"""Which connections a fault acts on."""

FaultTime = Literal["always", "now", "next"]
FaultStage = Literal["request", "upgrade", "open", "join"]


@dataclass(frozen=True)
class Fault:
    """A fault that was set. `acted` is the number of connections, requests or URLs on which it has
    acted when it was set. As a context manager, it releases itself at the end."""

    id: int
    acted: int
    _release: Callable[[], None] = field(repr=False, compare=False)

    def release(self) -> None:
        """Ends the fault. What it held back is delivered."""
        self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def fault_body(
    action: str,
    *,
    on: str,
    drive: str | None,
    when: str,
    skip: int,
    times: int | None,
    share: float | None,
    after: str | None,
    after_bytes: int,
    for_ms: int | None,
    fields: dict[str, object],
) -> dict[str, Any]:
    """A fault as the simulator reads it."""
    _check("action", action, get_args(FaultAction))
    _check("on", on, get_args(FaultTarget))
    _check("when", when, get_args(FaultTime))
    if after is not None:
        _check("after", after, get_args(FaultStage))
    whole = {
        "action": {action: {_camel_case(name): value for name, value in fields.items()}},
        "on": on,
        "drive": drive,
        "when": when,
        "skip": skip,
        "times": times,
        "share": share,
        "after": after,
        "afterBytes": after_bytes,
        "forMs": for_ms,
    }
    if not fields:
        whole["action"] = action
    return {name: value for name, value in whole.items() if value is not None}


def _check(argument: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise invalid(argument, f"{value!r} is none of {', '.join(known)}")


def _camel_case(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)

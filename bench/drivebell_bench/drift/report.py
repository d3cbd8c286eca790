"""The page docs/drift.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from .. import versions
from ..pages import bullets, fill, grid, setups
from ..paths import DOCS
from . import life, service
from .clients import Client
from .run import SETTLING, Found, Result, Wrong

PAGE = DOCS / "drift.md"

_USUAL = {"", "start", "hint"}
"""Triggers by which a program learns what Graph has not lost."""


def page(found: Found, clients: list[Client], clock: service.Clock) -> str:
    changes = ", ".join(f"{kind} {count}" for kind, count in sorted(found.changes.items()))
    return fill(
        Path(__file__).with_name("page.md"),
        table=_table(found, clients),
        rows=found.rows,
        changes=changes,
        scale=f"{clock.scale:g}",
        items=service.ITEMS,
        pause=life.PAUSE,
        latency=service.LATENCY,
        lag=f"{service.LAG[0]} to {service.LAG[1]}",
        median_lag=round(math.sqrt(service.LAG[0] * service.LAG[1])),
        lag_lasts=service.LAG_LASTS // 60,
        tombstone_lag=service.TOMBSTONE_LAG,
        tombstone_loss=f"{service.TOMBSTONE_LOSS:.0%}",
        recreated=life.RECREATED,
        unchanged=f"{service.UNCHANGED:.0%}",
        not_found=f"{service.NOT_FOUND:.0%}",
        lifetime=service.LIFETIME // 60,
        settling=SETTLING // 60,
        versions=bullets(f"{name} {version}" for name, version in _versions().items()),
        setups=setups(((client.name, client.program) for client in clients), PAGE),
    )


def _table(found: Found, clients: list[Client]) -> str:
    audits = {client.name: client.audit for client in clients}

    def line(result: Result) -> list[str]:
        return [
            result.client,
            _wrong(result.after_hour),
            audits[result.client],
            _wrong(result.after_audit),
            ", ".join(_told(result)) or "nobody",
        ]

    head = ["client", "wrong after an hour", "audit", "wrong after it"]
    return grid([*head, "who told of it"], map(line, found.results))


def _wrong(wrong: Wrong | None) -> str:
    assert wrong is not None
    if wrong.total == 0:
        return "0"
    parts = [f"{count} {name}" for name, count in vars(wrong).items() if count > 0]
    return f"**{wrong.total}** ({', '.join(parts)})"


def _told(result: Result) -> Iterator[str]:
    for trigger in sorted(result.changed.keys() | result.by_audit.keys()):
        rows = result.changed.get(trigger, 0) + result.by_audit.get(trigger, 0)
        if trigger not in _USUAL and rows > 0:
            yield f"`{trigger}` {rows} rows"


def _versions() -> dict[str, str]:
    graph = "@microsoft/microsoft-graph-client"
    return {
        "drivebell": versions.drivebell(),
        "msgraph-sdk": versions.python("msgraph-sdk"),
        "office365-rest-python-client": versions.python("office365-rest-python-client"),
        "httpx": versions.python("httpx"),
        graph: versions.node(graph),
        **versions.languages(),
        "system": versions.system(),
    }

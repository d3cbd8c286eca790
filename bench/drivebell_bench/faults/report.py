"""The page docs/faults.md."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..pages import fill, grid, setups
from ..paths import DOCS
from .clients import Client
from .faults import FAULTS, Fault
from .run import HEARTBEAT_MS, Result
from .verdict import Verdict, verdict

PAGE = DOCS / "faults.md"


@dataclass(frozen=True)
class Measured:
    bound: float
    interval: float
    repeat: int
    versions: dict[str, str]


def report(measured: Measured, columns: list[Client], results: list[Result]) -> str:
    rows = [f for f in FAULTS if any(r.fault == f.row for r in results)]
    left_out = [f.row for f in FAULTS if f not in rows]
    verdicts = {
        (f.row, c.name): verdict(
            [r for r in results if (r.fault, r.client) == (f.row, c.name)], f.harmless
        )
        for f in rows
        for c in columns
    }
    return fill(
        Path(__file__).with_name("page.md"),
        table=_table(rows, [c for c in columns if not c.follows_changes], verdicts),
        changes=_rows(
            [f for f in rows if f.hides_changes],
            [c for c in columns if c.follows_changes],
            verdicts,
        ),
        bound=f"{measured.bound:g}",
        interval=f"{measured.interval * 1000:.0f}",
        repeat=measured.repeat,
        heartbeat=HEARTBEAT_MS,
        window=2 * HEARTBEAT_MS,
        left_out=_left_out(left_out),
        versions=grid(["", "version"], ([k, v] for k, v in measured.versions.items())),
        setups=setups(((c.name, c.program) for c in columns), PAGE),
    )


def _table(
    rows: list[Fault], columns: list[Client], verdicts: dict[tuple[str, str], Verdict]
) -> str:
    def total(client: Client, what: str) -> str:
        each = [verdicts[f.row, client.name] for f in rows]
        return str(sum(2 * getattr(v, what) > v.runs for v in each))

    sums = [
        [f"**Never recovered, of {len(rows)}**", *(total(c, "lost") for c in columns)],
        ["**Of these silent**", *(total(c, "silent") for c in columns)],
    ]
    return "\n".join([_rows(rows, columns, verdicts), *grid(["", ""], sums).splitlines()[2:]])


def _rows(
    rows: list[Fault], columns: list[Client], verdicts: dict[tuple[str, str], Verdict]
) -> str:
    lines = [[f.row, *(verdicts[f.row, c.name].cell for c in columns)] for f in rows]
    return grid(["fault", *(c.name for c in columns)], lines)


def _left_out(rows: list[str]) -> str:
    if not rows:
        return ""
    return "\nNot measured on the machine that wrote this page: " + "; ".join(rows) + ".\n"

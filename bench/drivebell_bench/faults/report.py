"""The page docs/faults.md."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from string import Template

from .clients import HERE, Client
from .faults import FAULTS, Fault
from .run import Result
from .simulator import HEARTBEAT_MS
from .verdict import Verdict, verdict

ROOT = HERE.parents[1]
FENCES = {".rs": "rust", ".py": "python", ".mjs": "js"}


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
    page = Template((HERE / "driver/page.md").read_text())
    return page.substitute(
        table=_table(rows, columns, verdicts),
        bound=f"{measured.bound:g}",
        interval=f"{measured.interval * 1000:.0f}",
        repeat=measured.repeat,
        heartbeat=HEARTBEAT_MS,
        window=2 * HEARTBEAT_MS,
        left_out=_left_out(left_out),
        versions=_grid(["", "version"], ([k, v] for k, v in measured.versions.items())),
        setups="\n".join(_setup(client) for client in columns),
    )


def _table(
    rows: list[Fault], columns: list[Client], verdicts: dict[tuple[str, str], Verdict]
) -> str:
    def total(client: Client, what: str) -> str:
        each = [verdicts[f.row, client.name] for f in rows]
        return str(sum(2 * getattr(v, what) > v.runs for v in each))

    lines = [[f.row, *(verdicts[f.row, c.name].cell for c in columns)] for f in rows]
    sums = [
        [f"**Never back, of {len(rows)}**", *(total(c, "lost") for c in columns)],
        ["**Of these silent**", *(total(c, "silent") for c in columns)],
    ]
    return _grid(["fault", *(c.name for c in columns)], [*lines, *sums])


def _grid(head: list[str], lines: Iterable[list[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _left_out(rows: list[str]) -> str:
    if not rows:
        return ""
    return "\nNot measured on the machine that wrote this page: " + "; ".join(rows) + ".\n"


def _setup(client: Client) -> str:
    path = Path(client.source)
    source = path.read_text().rstrip()
    link = path.relative_to(ROOT)
    return f"### {client.name}\n\n[{link}](../{link})\n\n```{FENCES[path.suffix]}\n{source}\n```\n"

"""One cell of the table: the runs of one fault with one client."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from .run import Result

SPREAD = 0.5
"""Seconds by which repeated runs may differ before the cell shows their range."""


@dataclass(frozen=True)
class Verdict:
    runs: int
    silent: int
    """Neither noticed nor recovered."""
    lost: int
    """Not recovered, noticed or not."""
    cell: str


def verdict(results: list[Result], harmless: bool) -> Verdict:
    runs = len(results)
    if runs == 0:
        return Verdict(0, 0, 0, "not measured")
    silent = sum(r.noticed is None and r.recovered is None for r in results)
    lost = sum(r.recovered is None for r in results)
    if silent == runs:
        cell = "**silent**"
    elif harmless and lost == 0 and all(r.noticed is None for r in results):
        cell = "unaffected"
    else:
        cell = f"{_noticed(results)}, {_recovered(results)}"
    return Verdict(runs, silent, lost, cell)


def _noticed(results: list[Result]) -> str:
    noticed = [r.noticed for r in results if r.noticed is not None]
    if not noticed:
        return "not noticed"
    if all(seconds < 0 for seconds in noticed):
        return "renewed in time"
    text = f"noticed {_seconds(noticed)}"
    by = {r.noticed_by for r in results if r.noticed is not None}
    if by == {"connected"}:
        text += " (c)"
    if by == {"notification"}:
        text += " (n)"
    return text + _share(len(noticed), results)


def _recovered(results: list[Result]) -> str:
    recovered = [r.recovered for r in results if r.recovered is not None]
    if not recovered:
        return "**never recovered**"
    text = f"recovered {_seconds(recovered)}{_share(len(recovered), results)}"
    return text + " + resync" if all(r.resync for r in results) else text


def _seconds(values: list[float]) -> str:
    low, high = max(0.0, min(values)), max(0.0, *values)
    if high - low > SPREAD:
        return f"{low:.1f}-{high:.1f}"
    return f"{max(0.0, statistics.median(values)):.1f}"


def _share(count: int, results: list[Result]) -> str:
    return "" if count == len(results) else f" in {count} of {len(results)} runs"

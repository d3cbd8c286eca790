"""From the runs of one fault with one client to what the table says."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from .run import Result

SPREAD = 0.5
"""Seconds by which repeated runs may differ before all of them are shown."""


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
        cell = "goes on"
    else:
        cell = f"{_told(results)}, {_back(results)}"
    return Verdict(runs, silent, lost, cell)


def _told(results: list[Result]) -> str:
    noticed = [r.noticed for r in results if r.noticed is not None]
    if not noticed:
        return "not told"
    if all(seconds < 0 for seconds in noticed):
        return "renewed before"
    text = f"told {_seconds(noticed)}"
    by = {r.noticed_by for r in results if r.noticed is not None}
    if by == {"connected"}:
        text += " (c)"
    if by == {"notification"}:
        text += " (n)"
    return text + _share(len(noticed), results)


def _back(results: list[Result]) -> str:
    back = [r.recovered for r in results if r.recovered is not None]
    if not back:
        return "**never back**"
    text = f"back {_seconds(back)}{_share(len(back), results)}"
    return text + " + resync" if all(r.gap_told for r in results) else text


def _seconds(values: list[float]) -> str:
    low, high = max(0.0, min(values)), max(0.0, *values)
    if high - low > SPREAD:
        return f"{low:.1f}-{high:.1f}"
    return f"{max(0.0, statistics.median(values)):.1f}"


def _share(count: int, results: list[Result]) -> str:
    return "" if count == len(results) else f" in {count} of {len(results)} runs"

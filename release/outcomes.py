"""What came of using artefacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch


@dataclass(frozen=True)
class Outcome:
    name: str
    """What was used: `aarch64-unknown-linux-gnu/node-24`."""
    how: str
    seconds: float = 0.0
    failure: str | None = None
    was_run: bool = True


def line(outcome: Outcome) -> str:
    """What is said of it."""
    if not outcome.was_run:
        return f"not run: {outcome.name}: {outcome.how}"
    verdict = "FAILED" if outcome.failure else "ok"
    text = f"{verdict:7} {outcome.name:50} {outcome.seconds:5.0f} s  {outcome.how}"
    return f"{text}\n{outcome.failure}" if outcome.failure else text


def unmet(expected: Sequence[str], outcomes: Sequence[Outcome]) -> list[str]:
    """The expected names, with wildcards, of which nothing was run, or not all."""
    run = [outcome.name for outcome in outcomes if outcome.was_run]
    not_run = [outcome.name for outcome in outcomes if not outcome.was_run]
    return [
        pattern
        for pattern in expected
        if not any(fnmatch(name, pattern) for name in run)
        or any(fnmatch(name, pattern) for name in not_run)
    ]

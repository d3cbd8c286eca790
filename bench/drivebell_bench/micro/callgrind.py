"""How many instructions a case takes, counted exactly."""

from __future__ import annotations

import re
import subprocess

from ..paths import REPOSITORY

# Relative to the repository: its own path would shift the heap, and its alignment counts.
COUNT = "target/release/count"
# The difference counts: the first repetitions cost more, because symbols are resolved and buffers
# grow.
TIMES = (1_000, 2_000)


class UncountedError(Exception):
    """Callgrind has not counted anything."""


def cases() -> list[str]:
    done = subprocess.run([COUNT], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


def instructions(case: str) -> float:
    few, many = (_total(case, times) for times in TIMES)
    return round((many - few) / (TIMES[1] - TIMES[0]), 1)


def _total(case: str, times: int) -> int:
    done = subprocess.run(
        [
            "valgrind",
            "--tool=callgrind",
            "--callgrind-out-file=/dev/null",
            # Not the preparation.
            "--toggle-collect=*drivebell_micro*measured*",
            COUNT,
            case,
            str(times),
        ],
        cwd=REPOSITORY,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not found or not int(found[1]):
        raise UncountedError(done.stderr)
    return int(found[1])

"""How many instructions a case takes, to the last one."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
# From the repository: where it lies must not move what is on the heap, whose alignment counts.
COUNT = "target/release/count"
# The difference counts: the first times cost more, when symbols are looked up and buffers grow.
TIMES = (1_000, 2_000)


class UncountedError(Exception):
    """Callgrind did not say what was to be counted."""


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
            # Not what is prepared for it.
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

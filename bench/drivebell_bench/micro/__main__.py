"""Counts, compares and prints a table; `--record` writes the counts to instructions.json."""

from __future__ import annotations

import argparse
import shutil
import sys

from .callgrind import cases, instructions
from .recording import FILE, Recording, Toolchain

SLOWER = 1.03


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.micro", description=__doc__)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    if shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions are not counted")
        return 0

    here = Toolchain.here()
    recorded = Recording.read() if FILE.exists() else Recording(here, {})
    counted: dict[str, float] = {}
    slower = False
    print("| case | instructions | recorded | ratio |\n|---|---:|---:|---:|")
    for case in cases():
        count = counted[case] = instructions(case)
        before = recorded.instructions.get(case)
        is_slower = before is not None and count > before * SLOWER
        slower |= is_slower
        print(_row(case, count, before) + " slower" * is_slower, flush=True)

    if options.record:
        Recording(here, counted).write()
        return 0
    if recorded.toolchain != here:
        print(f"recorded by {_names(recorded.toolchain)}; not comparable with {_names(here)}")
        return 0
    return int(slower)


def _row(case: str, count: float, before: float | None) -> str:
    if before is None:
        return f"| {case} | {count:,.1f} | | |"
    return f"| {case} | {count:,.1f} | {before:,.1f} | {count / before:.3f} |"


def _names(toolchain: Toolchain) -> str:
    return f"{toolchain.rustc}, {toolchain.target}, {toolchain.libc}"


sys.exit(main())

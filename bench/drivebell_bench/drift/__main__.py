"""`make drift`: follows an unkind drive, and writes docs/drift.md."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from ..paths import RESULTS
from . import report
from .clients import clients
from .run import Found, Result, Wrong, run
from .service import Clock


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.drift", description=__doc__)
    add = parser.add_argument
    add("--scale", type=float, default=30, help="simulated seconds in a second")
    add("--seed", type=int, default=1, help="of everything that happens by chance")
    add("--client", action="append", default=[], help="only rows with this text; repeatable")
    add("--output", type=Path, default=report.PAGE)
    add("--results", type=Path, default=RESULTS / "drift.json")
    add("--render", action="store_true", help="write the page from the last results")
    return parser.parse_args()


def main() -> None:
    args = options()
    everyone = clients()
    if args.client:
        everyone = [c for c in everyone if any(text in c.name for text in args.client)]
    clock = Clock(args.scale)
    if args.render:
        found = _read(args.results)
    else:
        found = run(everyone, clock, args.seed)
        RESULTS.mkdir(exist_ok=True)
        args.results.write_text(json.dumps(asdict(found), indent=1))
    page = report.page(found, everyone, clock)
    args.output.write_text(page)
    print(page)


def _read(file: Path) -> Found:
    raw = json.loads(file.read_text())
    for result in raw["results"]:
        for field in ("after_hour", "after_audit"):
            result[field] = Wrong(**result[field])
    raw["results"] = [Result(**result) for result in raw["results"]]
    return Found(**raw)


main()

"""`python -m driver`: puts every fault to every client, and writes docs/faults.md."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from . import name
from .clients import HERE, Client, clients
from .faults import FAULTS, Fault
from .report import Measured, report
from .run import NotConnectedError, Result, run
from .versions import versions

ROOT = HERE.parents[1]
RESULTS = HERE / "results.json"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m driver", description=__doc__)
    add = parser.add_argument
    add("--simulator", type=Path, default=ROOT / "target/fast/drivebell-simulator")
    add(
        "--rust", type=Path, default=ROOT / "bench/target/debug", help="where the Rust programs are"
    )
    add("--python", type=Path, default=ROOT / ".venv/bin/python", help="that has drivebell")
    add("--peer-python", type=Path, default=ROOT / "bench/.venv/bin/python")
    add("--bound", type=float, default=15, help="seconds to wait for a recovery")
    add("--interval", type=float, default=0.2, help="seconds between the changes announced")
    add("--repeat", type=int, default=3, help="how often each fault is put to each client")
    add("--jobs", type=int, default=6, help="runs at the same time")
    add("--fault", action="append", default=[], help="only rows with this text; repeatable")
    add("--client", action="append", default=[], help="only columns with this text; repeatable")
    add("--output", type=Path, default=ROOT / "docs/faults.md")
    add("--render", action="store_true", help="write the page from the last results")
    return parser.parse_args()


def chosen(faults: list[Fault], texts: list[str]) -> list[Fault]:
    return [f for f in faults if not texts or any(text in f.row for text in texts)]


def measure(args: argparse.Namespace, columns: list[Client]) -> list[Result]:
    rows = chosen(FAULTS, args.fault)
    if not name.available():
        rows = [row for row in rows if not row.name]
    # Column by column within a row: whatever else the machine does meanwhile hits all of them.
    pairs = [(f, c) for f in rows for _ in range(args.repeat) for c in columns]

    def one(pair: tuple[Fault, Client]) -> Result | None:
        fault, client = pair
        try:
            result = run(fault, client, args.simulator, args.interval, args.bound)
        except NotConnectedError as error:
            print(f"{client.name}: {fault.row}: {error}", file=sys.stderr)
            return None
        print(f"{client.name}: {fault.row}: {_line(result)}", flush=True)
        return result

    with ThreadPoolExecutor(args.jobs) as pool:
        return [result for result in pool.map(one, pairs) if result is not None]


def _line(result: Result) -> str:
    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:.2f} s"

    by = f" ({result.noticed_by})" if result.noticed_by else ""
    return f"noticed {seconds(result.noticed)}{by}, back {seconds(result.recovered)}"


def main() -> None:
    args = options()
    columns = clients(args.rust, args.peer_python, args.python)
    columns = [c for c in columns if not args.client or any(t in c.name for t in args.client)]
    if not args.render:
        results = measure(args, columns)
        measured = Measured(args.bound, args.interval, args.repeat, versions(args.peer_python))
        kept = {"measured": asdict(measured), "results": [asdict(each) for each in results]}
        RESULTS.write_text(json.dumps(kept, indent=1))
    kept = json.loads(RESULTS.read_text())
    results = [Result(**each) for each in kept["results"]]
    args.output.write_text(report(Measured(**kept["measured"]), columns, results))


main()

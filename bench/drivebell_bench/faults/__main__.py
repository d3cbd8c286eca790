"""`make faults`: injects every fault into every client's connection and writes docs/faults.md."""

from __future__ import annotations

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from .. import versions
from ..paths import DOCS, RESULTS
from . import host_name
from .clients import Client, clients
from .faults import FAULTS, Fault
from .report import Measured, report
from .run import NotConnectedError, Result, run


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.faults", description=__doc__)
    add = parser.add_argument
    add("--bound", type=float, default=15, help="seconds to wait for a recovery")
    add("--interval", type=float, default=0.2, help="seconds between the announced changes")
    add("--repeat", type=int, default=3, help="runs of each fault with each client")
    add("--jobs", type=int, default=6, help="runs at the same time")
    add("--fault", action="append", default=[], help="only rows with this text; repeatable")
    add("--client", action="append", default=[], help="only columns with this text; repeatable")
    add("--output", type=Path, default=DOCS / "faults.md")
    add("--results", type=Path, default=RESULTS / "faults.json")
    add("--render", action="store_true", help="write the page from the last results")
    return parser.parse_args()


def measure(args: argparse.Namespace, columns: list[Client]) -> list[Result]:
    rows = [f for f in FAULTS if _chosen(f.row, args.fault)]
    if not host_name.available():
        rows = [row for row in rows if not row.host_name]
    # Column by column within a row, so that other load on the machine affects all of them.
    pairs = [
        (f, c)
        for f in rows
        for _ in range(args.repeat)
        for c in columns
        if f.hides_changes or not c.follows_changes
    ]

    def once(pair: tuple[Fault, Client]) -> Result | None:
        fault, client = pair
        try:
            result = run(fault, client, args.interval, args.bound)
        except NotConnectedError as error:
            print(f"{client.name}: {fault.row}: {error}", file=sys.stderr)
            return None
        print(f"{client.name}: {fault.row}: {_line(result)}", flush=True)
        return result

    with ThreadPoolExecutor(args.jobs) as pool:
        return [result for result in pool.map(once, pairs) if result is not None]


def _chosen(name: str, texts: list[str]) -> bool:
    return not texts or any(text in name for text in texts)


def _line(result: Result) -> str:
    def seconds(value: float | None) -> str:
        return "never" if value is None else f"{value:.2f} s"

    by = f" ({result.noticed_by})" if result.noticed_by else ""
    return f"noticed {seconds(result.noticed)}{by}, recovered {seconds(result.recovered)}"


def _versions() -> dict[str, str]:
    return {
        "drivebell": versions.drivebell(),
        **{name: versions.crate(name) for name in ("rust_socketio", "tf-rust-socketio")},
        **{name: versions.python(name) for name in ("python-socketio", "python-engineio")},
        "aiohttp": versions.python("aiohttp"),
        **{name: versions.node(name) for name in ("socket.io-client", "engine.io-client")},
        **versions.languages(),
        "system": versions.system(),
    }


def main() -> None:
    args = options()
    columns = [c for c in clients() if _chosen(c.name, args.client)]
    if not args.render:
        results = measure(args, columns)
        measured = Measured(args.bound, args.interval, args.repeat, _versions())
        saved = {"measured": asdict(measured), "results": [asdict(each) for each in results]}
        args.results.parent.mkdir(exist_ok=True)
        args.results.write_text(json.dumps(saved, indent=1))
    saved = json.loads(args.results.read_text())
    results = [Result(**each) for each in saved["results"]]
    args.output.write_text(report(Measured(**saved["measured"]), columns, results))


main()

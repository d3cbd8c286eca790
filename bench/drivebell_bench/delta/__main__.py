"""`make bench-delta`: measures, and writes docs/performance/delta.md."""

from __future__ import annotations

import argparse
import json
import os
import time
from pathlib import Path

from ..paths import RESULTS
from . import report
from .bursts import rounds_per_burst
from .clients import Client, clients, readers
from .run import Run, Service, median, run
from .service import enumerate_unparsed, recorded, with_items

SLOW_ITEMS = 100_000
SLOW_PAUSE_MS = 5


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.delta", description=__doc__)
    add = parser.add_argument
    add("--items", type=int, default=1_000_000)
    add("--sdk-items", type=int, default=3_000, help="for msgraph-sdk, see the page")
    add("--rounds", type=int, default=3)
    add("--cores", default="0,1", help="the server's and the client's")
    add("--output", type=Path, default=report.PAGE)
    return parser.parse_args()


def main() -> None:
    args = options()
    server_core, client_core = args.cores.split(",")
    os.sched_setaffinity(0, {int(client_core)})

    everyone, ours = clients(), readers()
    runs: dict[str, list[Run]] = {client.name: [] for client in [*everyone, *ours]}
    small, slow = dict[str, Run](), dict[str, Run]()
    slow_items = min(SLOW_ITEMS, args.items)

    def measured(client: Client, items: int, service: Service, pause_ms: int = 0) -> Run:
        found = run(client, service, client_core, items, pause_ms)
        rate, cpu = found.items / found.seconds, found.cpu_seconds / found.items * 1e6
        print(f"{client.name:36} {rate:>9.0f}/s {cpu:>9.2f} us {found.peak_kb} KB", flush=True)
        return found

    with (
        recorded(args.items, server_core) as large,
        recorded(args.sdk_items, server_core) as for_sdk,
        recorded(slow_items, server_core) as tenth,
    ):
        began, cpu = time.monotonic(), large.process.cpu_seconds()
        enumerate_unparsed(large)
        alone = time.monotonic() - began, large.process.cpu_seconds() - cpu
        for _ in range(args.rounds):
            for client in everyone:
                few = (for_sdk, args.sdk_items) if client.is_slow else (large, args.items)
                runs[client.name].append(measured(client, few[1], few[0]))
            for client in ours:
                runs[client.name].append(measured(client, args.items, large))
        for client in everyone:
            if client.is_ours:
                small[client.name] = measured(client, slow_items, tenth)
                slow[client.name] = measured(client, slow_items, tenth, SLOW_PAUSE_MS)
    in_node = next(client for client in everyone if client.name == "drivebell, Node")
    with with_items(100, server_core) as quiet:
        bursts = rounds_per_burst(in_node, quiet, client_core)

    found = report.Found(
        items=args.items,
        sdk_items=args.sdk_items,
        rounds=args.rounds,
        alone=args.items / alone[0],
        alone_cpu_us=alone[1] / args.items * 1e6,
        medians={name: median(each) for name, each in runs.items()},
        small=small,
        slow=slow,
        bursts=bursts,
    )
    RESULTS.mkdir(exist_ok=True)
    raw = {name: [vars(run) for run in each] for name, each in runs.items()}
    (RESULTS / "delta.json").write_text(json.dumps(raw))
    page = report.page(found, everyone, ours)
    args.output.write_text(page)
    print(page)


main()

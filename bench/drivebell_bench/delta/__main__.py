"""`make bench-delta`: measures, and writes docs/performance/delta.md."""

from __future__ import annotations

import argparse
import json
import os
import time

from . import report
from .bursts import rounds_per_burst
from .clients import HERE, REPOSITORY, Client, clients
from .run import Run, median, run
from .simulator import Simulator

SIMULATOR = REPOSITORY / "target/release/drivebell-simulator"
SLOW_ITEMS = 100_000
SLOW_PAUSE_MS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument(
        "--sdk-items", type=int, default=3_000, help="for msgraph-sdk, see the page"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", default="0,1", help="the server's and the client's")
    options = parser.parse_args()
    server_core, client_core = options.cores.split(",")
    os.sched_setaffinity(0, {int(client_core)})

    everyone = clients()
    few = [client for client in everyone if client.name.startswith("msgraph")]
    runs: dict[str, list[Run]] = {client.name: [] for client in everyone}
    small, slow = dict[str, Run](), dict[str, Run]()

    def measured(client: Client, items: int, simulator: Simulator, pause_ms: int = 0) -> Run:
        found = run(client, simulator, client_core, items, pause_ms)
        rate = found.items / found.seconds
        print(f"{client.name:28} {items:>9} items {rate:>9.0f}/s {found.peak_kb} KB", flush=True)
        return found

    with (
        Simulator(SIMULATOR, server_core, options.items) as large,
        Simulator(SIMULATOR, server_core, options.sdk_items) as for_sdk,
        Simulator(SIMULATOR, server_core, min(SLOW_ITEMS, options.items)) as tenth,
    ):
        began, cpu = time.monotonic(), large.cpu_seconds
        large.enumerate_unread()
        alone = (options.items / (time.monotonic() - began), large.cpu_seconds - cpu)
        for _ in range(options.rounds):
            for client in everyone:
                server, items = (
                    (for_sdk, options.sdk_items) if client in few else (large, options.items)
                )
                runs[client.name].append(measured(client, items, server))
        for client in everyone:
            if client.is_ours:
                items = min(SLOW_ITEMS, options.items)
                small[client.name] = measured(client, items, tenth)
                slow[client.name] = measured(client, items, tenth, SLOW_PAUSE_MS)
    in_node = next(client for client in everyone if client.name == "drivebell, Node")
    with Simulator(SIMULATOR, server_core, 100) as quiet:
        bursts = rounds_per_burst(in_node, quiet, client_core)

    found = report.Found(
        items=options.items,
        sdk_items=options.sdk_items,
        rounds=options.rounds,
        alone=alone[0],
        alone_cpu_us=alone[1] / options.items * 1e6,
        medians={name: median(each) for name, each in runs.items()},
        small=small,
        slow=slow,
        bursts=bursts,
    )
    (HERE / "results.json").write_text(
        json.dumps({n: [vars(r) for r in e] for n, e in runs.items()})
    )
    page = REPOSITORY / "docs/performance/delta.md"
    page.parent.mkdir(exist_ok=True)
    page.write_text(report.page(found, everyone))
    print(page.read_text())


main()

"""`make bench-mirror`: measures, and writes docs/performance/mirror.md."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from ..delta.service import recorded
from ..paths import RESULTS
from . import live, report, run
from .clients import Client, Language, languages

FEW = 100_000
"""A smaller drive, to see whether memory grows with the drive."""

BIG = 100_000
"""How many items are in the folder that gets another name."""


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.mirror", description=__doc__)
    add = parser.add_argument
    add("--items", type=int, default=1_000_000)
    add("--rounds", type=int, default=3)
    add("--live-rounds", type=int, default=10)
    add("--language", action="append", help="only this one; repeatable, and without a page")
    add("--cores", default="0,1", help="what the service and the clients share")
    add("--output", type=Path, default=report.PAGE)
    add("--render", action="store_true", help="write the page from the last results")
    return parser.parse_args()


def main() -> None:
    args = options()
    everyone = languages()
    results = RESULTS / "mirror.json"
    if args.render:
        found = report.Found.load(json.loads(results.read_text()))
    else:
        chosen = [each for each in everyone if args.language in (None, [each.name])]
        with tempfile.TemporaryDirectory(prefix="drivebell-mirror-") as folder:
            found = measure(args, chosen, Path(folder))
        RESULTS.mkdir(exist_ok=True)
        results.write_text(json.dumps(asdict(found)))
    page = report.page(found, everyone)
    args.output.write_text(page)
    print(page)


def measure(args: argparse.Namespace, chosen: list[Language], folder: Path) -> report.Found:
    os.sched_setaffinity(0, {int(core) for core in args.cores.split(",")})
    found = report.Found(items=args.items, few=min(FEW, args.items), rounds=args.rounds)
    with recorded(found.few, args.cores) as service:
        stage = run.Stage(service, args.cores, folder)
        for client in clients_of(chosen):
            found.small[client.name] = filled(client, stage, found.few)
    with recorded(args.items, args.cores) as service:
        stage = run.Stage(service, args.cores, folder)
        for _ in range(args.rounds):
            for client in clients_of(chosen):
                fills = found.fills.setdefault(client.name, [])
                fills.append(filled(client, stage, args.items))
        mirror = stage.file(chosen[0].silent)
        ids = run.some_ids(mirror, folder / "ids")
        for language in chosen:
            find_paths(found, language, stage, ids)
        big = live.fill_a_folder(chosen[0].live, stage, mirror, min(BIG, args.items // 2))
        for language in chosen:
            file = run.copy(mirror, folder / "live.db")
            its = live.measure(language.live, stage, file, big, args.live_rounds)
            found.live[language.name] = its
            print(language.name, report.latencies(its), flush=True)
    return found


def clients_of(languages: list[Language]) -> list[Client]:
    return [client for language in languages for client in language.clients]


def filled(client: Client, stage: run.Stage, items: int) -> run.Fill:
    its = run.fill(client, stage, items)
    rate, cpu = its.items / its.seconds, its.cpu_seconds / its.items * 1e6
    peak, size = its.peak_kb / 1024, its.file_bytes / 1e6
    numbers = f"{rate:>9.0f}/s {cpu:>6.2f} us {peak:>5.0f} MB {size:>5.0f} MB"
    print(f"{client.name:32} {its.items:>9} {numbers}", flush=True)
    return its


def find_paths(found: report.Found, language: Language, stage: run.Stage, ids: Path) -> None:
    programs = [(language.silent, language.paths)]
    if language.by_hand and language.by_hand_paths:
        programs.append((language.by_hand, language.by_hand_paths))
    for client, program in programs:
        its = run.paths(program, stage, stage.file(client), ids)
        found.paths[client.name] = its
        print(f"{client.name:32} path {its.median_us:.1f} us, p99 {its.p99_us:.1f}", flush=True)


main()

"""`make bench`: measures, and writes docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import resource
from dataclasses import asdict
from typing import Any

from ..paths import RESULTS
from . import page
from .clients import clients
from .measure import Found, Plan, Series, measure
from .sections import Flood, Growth, Idle, Latency
from .stage import Cores

SECTIONS = {"flood": Flood, "latency": Latency, "idle": Idle, "growth": Growth}
SAVED = RESULTS / "speed.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m drivebell_bench.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", default="0,1", help="the server's and the client's")
    parser.add_argument(
        "--sections",
        default=",".join(SECTIONS),
        help="what to measure; the rest keeps the last results",
    )
    parser.add_argument("--only", default="", help="only clients whose name begins with this")
    parser.add_argument("--quick", action="store_true", help="a short run that writes no page")
    parser.add_argument(
        "--render", action="store_true", help="write the page from the last results"
    )
    options = parser.parse_args()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
    everyone = [each for each in clients() if each.name.startswith(options.only)]
    cores = Cores(*options.cores.split(","))
    # A process has some open files besides its sessions.
    most = min(20_000, most_files - 1_000)
    plan = _quick(cores, options.rounds) if options.quick else _full(cores, options.rounds, most)
    if options.render:
        print(page.write(_found(json.loads(SAVED.read_text())), plan, everyone))
        return
    os.sched_setaffinity(0, {int(cores.server)})
    sections = options.sections.split(",")
    found = measure(plan, everyone, sections)
    others = set(SECTIONS) - set(sections)
    if options.quick or options.only or (others and not SAVED.exists()):
        return
    if others:
        before = _found(json.loads(SAVED.read_text()))
        found.voids += before.voids
        for name in others:
            setattr(found, name, getattr(before, name))
    SAVED.parent.mkdir(exist_ok=True)
    SAVED.write_text(json.dumps(_plain(found), indent=1))
    print(page.write(found, plan, everyone))


def _full(cores: Cores, rounds: int, most_sessions: int) -> Plan:
    return Plan(
        cores=cores,
        rounds=rounds,
        scale=1,
        latency_seconds=3,
        idle_sessions=(1_000, 5_000),
        most_sessions=most_sessions,
        idle_rounds=3,
        many_rounds=2,
        pings=3,
        growing=(1, 10, 100, 1_000, 5_000),
    )


def _quick(cores: Cores, rounds: int) -> Plan:
    return Plan(
        cores=cores,
        rounds=rounds,
        scale=0.5,
        latency_seconds=1,
        idle_sessions=(1_000,),
        most_sessions=0,
        idle_rounds=1,
        many_rounds=1,
        pings=1,
        growing=(1, 100, 1_000),
    )


def _plain(found: Found) -> dict[str, object]:
    series = {name: getattr(found, name).runs for name in SECTIONS}
    runs = {
        name: [
            {"client": client, "sessions": sessions, "runs": [asdict(run) for run in runs]}
            for (client, sessions), runs in each.items()
        ]
        for name, each in series.items()
    }
    return {**runs, "voids": found.voids}


def _found(plain: dict[str, Any]) -> Found:
    found = Found(voids=plain["voids"])
    for name, kind in SECTIONS.items():
        runs = {
            (each["client"], each["sessions"]): [kind(**run) for run in each["runs"]]
            for each in plain[name]
        }
        setattr(found, name, Series(runs))
    return found


main()

"""Runs the scenes long, and prints their tables: `make soak-fleet`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from proof import scenes
from proof.fleet import Fleet
from proof.report import Report, table
from proof.scenes import Size, running
from proof.sizing import sizing

Columns = dict[str, dict[str, str]]

DEFAULTS: dict[str, object] = {
    "lease_time": "6s",
    "partitions": 1024,
    "endpoint_calls_per_second": 4_000,
}
"""As a fleet has them that nobody has configured, but for the endpoint calls. Workers share them by
the drives that they have: a new worker with a fifth of the drives makes 800 of these a second."""


async def judged(name: str, scene: Callable[[], Awaitable[Report]], columns: Columns) -> bool:
    """Runs a scene, and adds what it has shown to the table."""
    say(f"{name} …")
    found = await scene()
    columns[name] = found.rows()
    say(table("measured", {name: columns[name]}))
    try:
        found.check()
    except AssertionError as error:
        say(f"{name} has failed: {error}")
        return False
    return True


async def run(arguments: argparse.Namespace, folder: Path) -> bool:
    size = Size(
        drives=arguments.drives,
        rate=arguments.rate,
        seconds=arguments.seconds,
        every=10,
        away=30,
        settings=DEFAULTS,
    )
    columns: Columns = {}

    def one(scene: Callable[[Fleet, Size], Awaitable[Report]], size: Size) -> Running:
        return Running(scene, size, folder)

    async def partitioned() -> Report:
        found, held = await scenes.partitioned(folder / "partitioned", size)
        say(str(held))
        return found

    async def one_cut_off() -> Report:
        return await scenes.one_cut_off(folder / "one-cut-off", size)

    minute = replace(size, seconds=60)
    all_scenes: dict[str, Callable[[], Awaitable[Report]]] = {
        "kills": one(scenes.kills, size),
        "nats-restarted": one(scenes.nats_restarted, minute),
        "partitioned": partitioned,
        "one-cut-off": one_cut_off,
        "paused": one(scenes.paused, replace(minute, away=60)),
        "upgraded": one(scenes.upgraded, minute),
    }
    wanted = arguments.scenes or [*all_scenes, "sizing"]
    good = True
    for name in wanted:
        if name != "sizing":
            (folder / name).mkdir()
            good &= await judged(name, all_scenes[name], columns)
    if columns:
        say(table("after all", columns))
    if "sizing" in wanted:
        sizes: Columns = {}
        for drives in (arguments.drives // 10, arguments.drives // 5, arguments.drives // 2):
            (folder / f"sizing-{drives}").mkdir()
            found = await sizing(folder / f"sizing-{drives}", drives, arguments.rate / 5)
            sizes[f"{drives:,} drives"] = found
        say(table("one worker", sizes))
    return good


class Running:
    """A scene with a fleet that runs already."""

    def __init__(
        self,
        scene: Callable[[Fleet, Size], Awaitable[Report]],
        size: Size,
        folder: Path,
    ) -> None:
        self.scene, self.size = scene, size
        self.folder = folder / scene.__name__.replace("_", "-")

    async def __call__(self) -> Report:
        async with running(self.folder, self.size) as fleet:
            say("all drives have a socket")
            return await self.scene(fleet, self.size)


def say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make soak-fleet", description=__doc__)
    parser.add_argument("--drives", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=50, help="changes a second, over all drives")
    parser.add_argument("--seconds", type=float, default=300, help="how long workers are killed")
    parser.add_argument("--keep", type=Path, help="a new folder for the logs and files of NATS")
    parser.add_argument("scenes", nargs="*", help="some scenes only, or sizing")
    arguments = parser.parse_args()
    if arguments.keep:
        arguments.keep.mkdir(parents=True)
        good = asyncio.run(run(arguments, arguments.keep))
    else:
        with tempfile.TemporaryDirectory() as folder:
            good = asyncio.run(run(arguments, Path(folder)))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

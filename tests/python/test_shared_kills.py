"""Processes that share drives over a file, one of which is killed: the others lose nothing."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deadline import DEADLINE, eventually
from example_program import Program

from simulator import REPOSITORY, Simulator

DRIVES = [f"b!{number}" for number in range(10)]
EXAMPLE = REPOSITORY / "examples/fleet/sqlite/worker.py"

# A store by hand, and the blocking client.
BY_HAND = """
import os, sys
sys.path.insert(0, sys.argv.pop(1))
from checkpoint_stores import SqlStore
from drivebell import Resource, sync
file, worker, *ids = sys.argv[1:]
drives = [Resource.drive(id) for id in ids]
network = {"base_url": os.environ["GRAPH_URL"], "retry_min": 0.01, "retry_max": 0.05}
options = {"quiet_time": 0.02, "overlap": 0.5, "poll_interval": 0.3, "live_timeout": 0.5}
with (
    sync.Client(os.environ["GRAPH_TOKEN"], **network) as client,
    client.changes_shared(
        drives, SqlStore(file), since="start", worker=worker, lease_time=0.5, **options
    ) as changes,
):
    for batch in changes:
        assert batch.error is None, batch.error
        for item in batch.items:
            print(batch.resource, "changed", item.name, flush=True)
        print(worker, "follows", len(changes.owned()), "of", len(changes), "drives", flush=True)
"""

Start = Callable[[str], Program]


@pytest.fixture
def service() -> Iterator[Simulator]:
    with Simulator(options=tuple(it for drive in DRIVES for it in ("--drive", drive))) as simulator:
        yield simulator


def told(programs: list[Program], name: str) -> set[str]:
    """The drives of which a program has told that this file changed."""
    lines = [line.split() for program in programs for line in program.come()]
    return {line[0].split("/")[2] for line in lines if line[1:] == ["changed", name]}


@contextmanager
def started(command: list[str], service: Simulator, folder: Path) -> Iterator[Start]:
    programs: list[Program] = []

    def start(worker: str) -> Program:
        whole = [sys.executable, "-W", "error", *command, "drives.db", worker, *DRIVES]
        programs.append(Program(whole, service, folder))
        return programs[-1]

    try:
        yield start
    finally:
        for program in programs:
            program.__exit__(None, None, None)


def upload(service: Simulator, name: str) -> None:
    for drive in DRIVES:
        service.upload(name, drive=drive)
        service.notify(drive=drive)


async def changing_until(service: Simulator, program: Program, line: str) -> None:
    """Changes all drives until the program says this."""
    async with asyncio.timeout(3 * DEADLINE):
        while not any(line in each for each in program.come()):
            upload(service, "again.txt")
            await asyncio.sleep(0.3)


@pytest.mark.parametrize(
    "command",
    [[str(EXAMPLE)], ["-c", BY_HAND, str(REPOSITORY / "tests/python")]],
    ids=["the example", "a store by hand"],
)
async def test_the_other_takes_over_and_nothing_is_lost(
    command: list[str], service: Simulator, tmp_path: Path
) -> None:
    with started(command, service, tmp_path) as start:
        first = start("first")
        first.wait_for("first follows 10 of 10 drives")
        second = start("second")
        await changing_until(service, second, "second follows 5 of 10 drives")
        both = [first, second]
        upload(service, "both.txt")
        await eventually(lambda: told(both, "both.txt") == set(DRIVES))
        first.process.kill()
        upload(service, "killed.txt")
        await eventually(lambda: told(both, "killed.txt") == set(DRIVES))
        upload(service, "alone.txt")
        await eventually(lambda: told([second], "alone.txt") == set(DRIVES))
        # It leaves, and the third gets the drives at once.
        third = start("third")
        await changing_until(service, third, "third follows 5 of 10 drives")
        assert second.stop(signal.SIGTERM) in (0, -signal.SIGTERM)
        upload(service, "third.txt")
        every = [*both, third]
        await eventually(lambda: told(every, "third.txt") == set(DRIVES))

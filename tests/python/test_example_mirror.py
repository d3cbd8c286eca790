"""The example that mirrors a drive into SQLite, killed and restarted."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from deadline import DEADLINE, eventually
from mark_and_sweep import Row, truth
from watched import watched

from simulator import REPOSITORY, TOKEN, Simulator

EXAMPLE = REPOSITORY / "examples/python/mirror_sqlite.py"


@contextmanager
def running(
    simulator: Simulator, database: Path, page_size: int = 20
) -> Iterator[subprocess.Popen[str]]:
    """The running example. Leaving the context kills it."""
    process = subprocess.Popen(
        [sys.executable, "-W", "error", str(EXAMPLE), str(database)],
        env=os.environ
        | {
            "GRAPH_TOKEN": TOKEN,
            "GRAPH_URL": simulator.base_url,
            "PAGE_SIZE": str(page_size),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    with watched(process, 3 * DEADLINE):
        yield process


def wait_for(process: subprocess.Popen[str], change: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(change):
            return
    raise AssertionError(f"the example ended before it told that it was {change}")


def rows(database: Path) -> dict[str, Row]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        stored = connection.execute("SELECT id, name, parent_id, size FROM item")
        return {row[0]: row[1:] for row in stored}


async def test_it_mirrors_and_follows(tmp_path: Path) -> None:
    database = tmp_path / "drive.db"
    with Simulator(("--seed", "b!me=100")) as simulator, running(simulator, database) as process:
        wait_for(process, "created")
        await eventually(lambda: rows(database) == truth(simulator))
        simulator.upload("new.txt")
        wait_for(process, "created /new.txt")
        assert rows(database) == truth(simulator)


async def test_it_resumes_after_a_kill_in_the_middle_of_an_enumeration(tmp_path: Path) -> None:
    database = tmp_path / "drive.db"
    # Three of twenty-one pages arrive. The simulator delays the next one until the kill.
    stuck = ("--fault", "hold=toClient,on=delta,skip=3")
    with Simulator(("--seed", "b!me=400", *stuck)) as simulator:
        with running(simulator, database) as process:
            wait_for(process, "created")
        simulator.release_faults()
        some = rows(database)
        assert 0 < len(some) < len(truth(simulator))
        gone = next(key for key, row in some.items() if str(row[0]).endswith(".txt"))
        simulator.http("DELETE", f"/v1.0/me/drive/items/{gone}")
        with running(simulator, database):
            # It is connected before it goes on with the enumeration.
            await eventually(lambda: len(rows(database)) > len(some))
            # The enumeration returns the drive as it was at its start. The next query runs with
            # the next notification, or after the last of the lag delays: 30 seconds.
            simulator.upload("while-it-runs.txt")
            await eventually(lambda: rows(database) == truth(simulator))
        assert gone not in rows(database)
        delta = [call["path"] for call in simulator.requests() if call["path"].endswith("delta")]
        # One enumeration in two parts, not two enumerations.
        assert len(delta) < 35, delta


async def test_an_item_deleted_while_it_was_stopped_is_removed(tmp_path: Path) -> None:
    database = tmp_path / "drive.db"
    with Simulator(("--seed", "b!me=100")) as simulator:
        gone = simulator.upload("gone.txt")["id"]
        with running(simulator, database) as process:
            wait_for(process, "created /gone.txt")
        assert gone in rows(database)
        simulator.http("DELETE", "/v1.0/me/drive/root:/gone.txt")
        with running(simulator, database) as process:
            wait_for(process, "deleted /gone.txt")
        assert gone not in rows(database)


async def test_an_item_whose_deletion_graph_cannot_report_is_swept(tmp_path: Path) -> None:
    database = tmp_path / "drive.db"
    with Simulator(("--seed", "b!me=100")) as simulator:
        gone = simulator.upload("gone.txt")["id"]
        with running(simulator, database) as process:
            wait_for(process, "created /gone.txt")
            await eventually(lambda: rows(database) == truth(simulator))
        simulator.http("DELETE", "/v1.0/me/drive/root:/gone.txt")
        # The new enumeration has no deleted items: only the sweep can remove the row.
        simulator.coming_fault({"answer": {"status": 410}}, on="delta", times=1)
        with running(simulator, database) as process:
            wait_for(process, "deleted /gone.txt")
            await eventually(lambda: rows(database) == truth(simulator))
        assert gone not in rows(database)

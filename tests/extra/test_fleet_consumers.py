"""The examples that keep a table true by a fleet's stream, as their user runs them."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from npm_programs import node
from proof.connection import connect
from proof.deadline import until
from proof.nats_server import NatsServer
from proof.published import Published, Row

from simulator import REPOSITORY

EXAMPLES = REPOSITORY / "examples/fleet"
COMMANDS: dict[str, Callable[[], list[str | Path]]] = {
    "python": lambda: [sys.executable, EXAMPLES / "consumer.py"],
    # Its SQLite is Node's own, which is newer than Node 20.
    "node": lambda: [node(24), EXAMPLES / "consumer.mjs"],
    "rust": lambda: [REPOSITORY / "target/fast/fleet-consumer"],
}


async def in_each_language(
    test: Callable[[list[str | Path], Path], Coroutine[None, None, None]], folder: Path
) -> None:
    """At the same time, because a consumer mostly waits."""
    async with asyncio.TaskGroup() as group:
        for language, command in COMMANDS.items():
            group.create_task(test(command(), folder / language), name=language)


@contextmanager
def consumer(command: list[str | Path], file: Path, server: NatsServer) -> Iterator[None]:
    """Killed at the end, wherever it is."""
    with (file.parent / "consumer.log").open("ab") as log:
        process = subprocess.Popen(
            [*command, file],
            env=os.environ | {"NATS_URL": server.url},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        try:
            yield
            assert process.poll() is None, (file.parent / "consumer.log").read_text()
        finally:
            process.kill()
            process.wait()


def rows(file: Path) -> dict[tuple[str, str], Row]:
    query = "SELECT drive, id, name, parent, size FROM items"
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as table:
            found = table.execute(query).fetchall()
    except sqlite3.OperationalError:
        return {}  # It has not been made yet.
    return {(drive, item): (name, parent, size) for drive, item, name, parent, size in found}


async def test_a_table_stays_true(tmp_path: Path) -> None:
    await in_each_language(table_stays_true, tmp_path)


async def table_stays_true(command: list[str | Path], folder: Path) -> None:
    file = folder / "items.db"
    with NatsServer(folder / "nats") as server:
        async with await connect(server.url) as connection:
            fleet = Published(connection.jetstream())
            await fleet.make_stream()
            await fleet.fence()

            async def is_true() -> bool:
                return rows(file) == fleet.truth

            for drive in ("a", "b/c=1.d"):
                await fleet.begin(drive, "2026-01-01T00:00:00Z-1")
                for number in range(150):
                    name = f"file {number} é.txt"
                    await fleet.change(
                        drive, f"item-{number}", (name, "root", number), initial=True
                    )
                await fleet.complete(drive)
            with consumer(command, file, server):
                # It is killed with most of the events before it.
                async def has_begun() -> bool:
                    return bool(rows(file))

                await until(has_begun, "the first rows are there", interval=0.01)
            assert rows(file) != fleet.truth, "it was killed too late to prove anything"
            assert set(rows(file).items()) <= set(fleet.truth.items())

            stale = fleet.events[10]
            assert stale["type"].endswith("item.changed")
            await fleet.change("a", stale["subject"], ("renamed.txt", "folder", 7))
            await fleet.change_without_item("a", "item-19")
            await fleet.delete("a", "item-20")
            await fleet.delete("b/c=1.d", "item-21")
            restored = fleet.events[-1]
            await fleet.change("b/c=1.d", "item-21", ("restored.txt", None, 3))
            with consumer(command, file, server):
                await until(is_true, "the table is true after it was killed")
                # What a fleet published once more, long after the first time.
                for event in (stale, restored, *fleet.events[-4:], *fleet.events[:40]):
                    await fleet.again(event)
                await fleet.change("a", "last", ("last.txt", "root", 1))
                await until(is_true, "the table is true after repeats")

                # Graph has lost deletions, and an enumeration finds that out.
                for item in ("item-30", "item-31", "item-149"):
                    del fleet.truth["a", item]
                await fleet.begin("a", "2026-01-02T00:00:00Z-1", "resyncChangesApplyDifferences")
                for (drive, item), row in list(fleet.truth.items()):
                    if drive == "a":
                        await fleet.change(drive, item, row)
                await fleet.complete("a")
                await until(is_true, "rows that are gone are swept")

                # NATS is restarted under its feet.
                server.stop()
                server.start()
                await fleet.delete("a", "last")
                await until(is_true, "the table is true after NATS was restarted")


async def test_an_event_that_was_not_acknowledged_comes_again(tmp_path: Path) -> None:
    await in_each_language(unacknowledged_comes_again, tmp_path)


async def unacknowledged_comes_again(command: list[str | Path], folder: Path) -> None:
    file = folder / "items.db"
    with NatsServer(folder / "nats") as server:
        async with await connect(server.url) as connection:
            fleet = Published(connection.jetstream())
            await fleet.make_stream()
            await fleet.begin("a", "2026-01-01T00:00:00Z-1")
            for number in range(20):
                await fleet.change("a", f"item-{number}", ("n", "root", number), initial=True)

            async def is_true() -> bool:
                return rows(file) == fleet.truth

            jetstream = connection.jetstream()

            async def all_acknowledged() -> bool:
                info = await jetstream.consumer_info("drivebell-changes", "table")
                return (info.num_pending, info.num_ack_pending) == (0, 0)

            async def nobody_waits() -> bool:
                info = await jetstream.consumer_info("drivebell-changes", "table")
                return bool(info.num_waiting == 0)

            with consumer(command, file, server):
                await until(is_true, "the table is true")
                await until(all_acknowledged, "all is acknowledged")
            # Or the server sends the next event to the program that has ended.
            await until(nobody_waits, "the server has forgotten the program")
            # Somebody else took an event, and died with it.
            await fleet.change("a", "item-0", ("taken", "root", 0))
            taken = await jetstream.pull_subscribe_bind("table", stream="drivebell-changes")
            await taken.fetch(1, timeout=60)
            await fleet.change("a", "item-0", ("newest", "root", 0))
            with consumer(command, file, server):
                await until(is_true, "the order is kept")

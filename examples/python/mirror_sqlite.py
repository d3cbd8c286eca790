"""Keeps a copy of a drive's metadata in SQLite, across restarts and crashes.

    GRAPH_TOKEN=… python mirror_sqlite.py drive.db

The table `items` has a row for each existing item. The program runs until you stop it, and the next
run continues where the last one stopped.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from contextlib import closing

import drivebell
from drivebell import ChangeBatch, DriveItem, Resource

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY,
    name TEXT,
    parent TEXT,
    size INTEGER,
    snapshot TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS items_by_snapshot ON items (snapshot);
CREATE TABLE IF NOT EXISTS position (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    checkpoint TEXT NOT NULL
) STRICT;
"""


def since(database: sqlite3.Connection) -> str:
    """Where to continue: after the last stored batch."""
    row = database.execute("SELECT checkpoint FROM position").fetchone()
    return "start" if row is None else str(row[0])


def store(database: sqlite3.Connection, batch: ChangeBatch) -> None:
    """Store the batch and its checkpoint in one transaction."""
    with database:
        for item in batch.items:
            if not isinstance(item, DriveItem):
                continue
            if item.deleted:
                database.execute("DELETE FROM items WHERE id = ?", (item.id,))
                continue
            # The mark: the enumeration that brought the item last.
            database.execute(
                "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?)",
                (item.id, item.name, item.parent_id, item.size, batch.snapshot or ""),
            )
        if batch.caught_up and batch.snapshot is not None:
            # The sweep: items that this enumeration has not brought were deleted without a notice.
            database.execute("DELETE FROM items WHERE snapshot < ?", (batch.snapshot,))
        database.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (batch.checkpoint,))


async def mirror(path: str) -> None:
    credential = os.environ["GRAPH_TOKEN"]
    with closing(sqlite3.connect(path)) as database:
        database.executescript(SCHEMA)
        async with (
            drivebell.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
            client.changes(
                Resource.my_drive(), since=since(database), page_size=page_size()
            ) as changes,
        ):
            async for batch in changes:
                # Blocks the event loop for some milliseconds. A larger program stores in a thread.
                store(database, batch)
                state = "up to date" if batch.caught_up else "more to come"
                print(len(batch.items), "items,", state, flush=True)


def page_size() -> int | None:
    """The number of items to request at a time. `None`: Graph chooses."""
    given = os.environ.get("PAGE_SIZE")
    return None if given is None else int(given)


if __name__ == "__main__":
    try:
        asyncio.run(mirror(sys.argv[1]))
    except KeyboardInterrupt:
        # Nothing is lost: unstored items come again.
        sys.exit(130)

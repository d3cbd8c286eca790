"""Keeps a table of the drive by hand: sqlite3 over drivebell's changes."""

import asyncio
import os
import sqlite3

import drivebell
from drivebell import DriveItem, Resource
from enumeration import Clocks

FILE = os.environ["FILE"]

# Setup:
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS item (
    id TEXT PRIMARY KEY, parent TEXT, name TEXT, is_folder INTEGER, size INTEGER,
    created REAL, modified REAL, etag TEXT, ctag TEXT
);
CREATE TABLE IF NOT EXISTS position (drive TEXT PRIMARY KEY, checkpoint TEXT);
"""
PUT = "INSERT OR REPLACE INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


def row(item: DriveItem) -> tuple[object, ...]:
    created, modified = item.created_at, item.modified_at
    return (
        item.id,
        item.parent_id,
        item.name,
        item.is_folder,
        item.size,
        created and created.timestamp(),
        modified and modified.timestamp(),
        item.etag,
        item.ctag,
    )


def store(db: sqlite3.Connection, batch: drivebell.ChangeBatch) -> None:
    items = [item for item in batch.items if isinstance(item, DriveItem)]
    with db:
        db.executemany(PUT, [row(item) for item in items if not item.deleted])
        gone = [(item.id,) for item in items if item.deleted]
        db.executemany("DELETE FROM item WHERE id = ?", gone)
        db.execute("INSERT OR REPLACE INTO position VALUES ('me', ?)", (batch.checkpoint,))
    if batch.caught_up:
        db.execute("CREATE INDEX IF NOT EXISTS item_parent ON item (parent)")


async def follow(db: sqlite3.Connection) -> None:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    async with client, client.changes(Resource.my_drive(), since="start") as changes:
        async for batch in changes:
            store(db, batch)
            if batch.caught_up:
                break
    # End of setup.


def main() -> None:
    clocks = Clocks()
    db = sqlite3.connect(FILE)
    db.executescript(SCHEMA)
    asyncio.run(follow(db))
    [rows] = db.execute("SELECT count(*) FROM item").fetchone()
    clocks.enumeration.keep(rows)
    clocks.report()
    db.close()


main()

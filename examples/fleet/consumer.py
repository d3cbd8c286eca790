"""Keeps a table of the items in all drives of a fleet true, in SQLite.

    NATS_URL=nats://127.0.0.1:4222 python consumer.py items.db

It can be stopped or killed at any time, and goes on from there when it is started again. It needs
nats-py.
"""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import sys
from typing import Any

import nats
import nats.errors
from nats.js.api import ConsumerConfig

STREAM, SUBJECT, CONSUMER = "drivebell-changes", "drivebell.changes.>", "table"
EVENT = "io.github.drivebell."
REMEMBERED = 100_000
"""Message ids. A fleet repeats an event within minutes, if at all."""

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    drive TEXT, id TEXT, name TEXT, parent TEXT, size INTEGER, snapshot TEXT,
    PRIMARY KEY (drive, id)
);
CREATE TABLE IF NOT EXISTS seen (number INTEGER PRIMARY KEY, id TEXT UNIQUE);
"""


def apply(table: sqlite3.Connection, event: dict[str, Any]) -> None:
    """One event in one transaction, once."""
    with table:
        # A repeat has the id of the first.
        new = table.execute("INSERT OR IGNORE INTO seen (id) VALUES (?)", (event["id"],))
        if new.rowcount == 0:
            return
        table.execute("DELETE FROM seen WHERE number <= ?", ((new.lastrowid or 0) - REMEMBERED,))
        data = event["data"]
        kind = event["type"].removeprefix(EVENT)
        if kind == "item.changed":
            # An item that is too large for a message comes without its JSON: ask Graph for it.
            item = data.get("item", {"id": event["subject"]})
            parent = item.get("parentReference", {}).get("id")
            row = (data["drive"], item["id"], item.get("name"), parent, item.get("size"))
            # Mark: the row was delivered by this snapshot.
            table.execute("REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?)", (*row, data["snapshot"]))
        elif kind == "item.deleted":
            key = (data["drive"], event["subject"])
            table.execute("DELETE FROM items WHERE drive = ? AND id = ?", key)
        elif kind == "snapshot.completed":
            # Sweep: what an enumeration did not deliver is gone. Snapshots sort as strings.
            table.execute(
                "DELETE FROM items WHERE drive = ? AND coalesce(snapshot, '') < ?",
                (data["drive"], data["snapshot"]),
            )


async def main(file: str) -> None:
    table = sqlite3.connect(file)
    table.execute("PRAGMA journal_mode = WAL")
    table.executescript(SCHEMA)
    url = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")
    connection = await nats.connect(url, max_reconnect_attempts=-1)
    # With one message at a time the order is kept, whatever has to be delivered again. For more
    # speed, give each of several consumers drives of its own: order matters within a drive only.
    config = ConsumerConfig(durable_name=CONSUMER, max_ack_pending=1, ack_wait=5)
    consumer = await connection.jetstream().pull_subscribe(
        SUBJECT, durable=CONSUMER, stream=STREAM, config=config
    )
    while True:
        try:
            [message] = await consumer.fetch(1, timeout=5)
        except nats.errors.TimeoutError:
            continue
        apply(table, json.loads(message.data))
        # After the transaction: if it is killed in between, the event comes again.
        await message.ack()
        if message.metadata.num_pending == 0:
            print("up to date", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(130)

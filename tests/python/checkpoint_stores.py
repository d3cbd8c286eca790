"""Stores of checkpoints as programs write them: over a dictionary, and over SQL."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from drivebell import Checkpoint, Ownership

Row = dict[str, Any]


class DictStore:
    """Over a dictionary, which several streams of a process share, each with a thread of its own.
    Its revisions are numbers."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, ...], Row] = {}
        self.revision = 0
        self.lock = threading.Lock()

    def list_ownership(self) -> list[Row]:
        return [dict(row) for key, row in list(self.records.items()) if len(key) == 1]

    def claim_ownership(self, claims: list[Ownership]) -> Iterator[Row]:
        for claim in claims:
            if (written := self._write((claim["partition"],), dict(claim))) is not None:
                yield written

    def list_checkpoints(self, partitions: list[str]) -> list[Row]:
        of_drives = [row for key, row in list(self.records.items()) if len(key) == 2]
        return [dict(row) for row in of_drives if row["partition"] in partitions]

    def update_checkpoint(self, checkpoint: Checkpoint) -> Row | None:
        return self._write((checkpoint["partition"], checkpoint["drive"]), dict(checkpoint))

    def _write(self, key: tuple[str, ...], row: Row) -> Row | None:
        assert type(row["revision"]) in (int, type(None))
        with self.lock:
            if self.records.get(key, {}).get("revision") != row["revision"]:
                return None
            self.revision += 1
            self.records[key] = row | {"revision": self.revision}
            return dict(self.records[key])


class AsyncDictStore:
    """The same, async, as if over a network."""

    def __init__(self) -> None:
        self.store = DictStore()

    async def list_ownership(self) -> list[Row]:
        await asyncio.sleep(0)
        return self.store.list_ownership()

    async def claim_ownership(self, claims: list[Ownership]) -> list[Row]:
        await asyncio.sleep(0)
        return list(self.store.claim_ownership(claims))

    async def list_checkpoints(self, partitions: list[str]) -> list[Row]:
        await asyncio.sleep(0)
        return self.store.list_checkpoints(partitions)

    async def update_checkpoint(self, checkpoint: Checkpoint) -> Row | None:
        await asyncio.sleep(0)
        return self.store.update_checkpoint(checkpoint)


class SqlStore:
    """Over sqlite3 of the standard library, by hand."""

    def __init__(self, path: str) -> None:
        # drivebell calls from a thread of its own, one call after the other.
        self.db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self.db.row_factory = lambda cursor, row: dict(
            zip([column[0] for column in cursor.description], row, strict=True)
        )
        self.db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA busy_timeout=10000;"
            "CREATE TABLE IF NOT EXISTS ownership (partition PRIMARY KEY, owner, epoch, weight,"
            " revision); CREATE TABLE IF NOT EXISTS checkpoint (partition, drive, checkpoint,"
            " epoch, sequence, memo, revision, PRIMARY KEY (partition, drive));"
        )

    def list_ownership(self) -> list[Row]:
        return self.db.execute("SELECT * FROM ownership").fetchall()

    def claim_ownership(self, claims: list[Ownership]) -> list[Row]:
        written = [self._write("ownership", dict(claim)) for claim in claims]
        return [row for row in written if row is not None]

    def list_checkpoints(self, partitions: list[str]) -> list[Row]:
        rows: list[Row] = []
        for partition in partitions:
            query = "SELECT * FROM checkpoint WHERE partition = ?"
            rows += self.db.execute(query, (partition,)).fetchall()
        return rows

    def update_checkpoint(self, checkpoint: Checkpoint) -> Row | None:
        return self._write("checkpoint", dict(checkpoint))

    def _write(self, table: str, row: Row) -> Row | None:
        keys = [key for key in ("partition", "drive") if key in row]
        where = " AND ".join(f"{key} = :{key}" for key in keys)
        if row["revision"] is None:
            columns = ", ".join(row)
            values = ", ".join("1" if key == "revision" else f":{key}" for key in row)
            statement = f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({values})"
        else:
            sets = ", ".join(f"{key} = :{key}" for key in row if key != "revision")
            statement = f"UPDATE {table} SET {sets}, revision = revision + 1"
            statement += f" WHERE {where} AND revision = :revision"
        cursor = self.db.execute(f"{statement} RETURNING *", row)
        return cursor.fetchone()  # type: ignore[no-any-return]


def interrupted(store: Any, around: Callable[[str, Any], Any]) -> Any:
    """A store of which each call goes through a function, which may raise, or return something
    else."""
    calls = ("list_ownership", "claim_ownership", "list_checkpoints", "update_checkpoint")
    return SimpleNamespace(**{name: _around(name, getattr(store, name), around) for name in calls})


def _around(name: str, call: Any, around: Callable[[str, Any], Any]) -> Any:
    return lambda *arguments: around(name, lambda: call(*arguments))

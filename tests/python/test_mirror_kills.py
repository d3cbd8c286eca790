"""Programs with a mirror that are killed at any moment lose nothing, and get the same again.

`DRIVEBELL_KILLS=200` kills more often than a run of all tests does. `DRIVEBELL_KILLS_OPTIONS` are
further options of the simulator.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from change_streams import seeded
from deadline import DEADLINE
from mirrored_drives import delete, make_folder, move, put, rename, true_paths
from replay import Replay

from simulator import TOKEN, Simulator

KILLS = int(os.environ.get("DRIVEBELL_KILLS", "12"))
SEED = int(os.environ.get("DRIVEBELL_KILLS_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)

OPTIONS = os.environ.get("DRIVEBELL_KILLS_OPTIONS", "").split()

PROGRAM = """
import asyncio, os, signal, sqlite3, sys, drivebell
from drivebell import sync
base_url, token, file, log, way, last = sys.argv[1:]
mine = drivebell.Resource.my_drive()
network = {"base_url": base_url, "retry_min": 0.01, "retry_max": 0.05}
options = {"quiet_time": 0.02, "lag_delays": [0.1] * 3, "overlap": 1, "poll_interval": 0.2}
out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def keep(change):
    os.write(out, (change.to_json() + "\\n").encode())
    os.fsync(out)
    if change.sequence % 5 == 0:
        # Another copy of SQLite in this process, as that of pandas.
        connection = sqlite3.connect(file)
        connection.execute("SELECT count(*) FROM item").fetchone()
        connection.close()
    if change.sequence == int(last):
        print("stopped", flush=True)
        signal.pause()

def blocking():
    with sync.Client(token, **network) as client, client.mirror(mine, file, **options) as mirror:
        print("running", flush=True)
        for change in mirror:
            keep(change)

async def in_loop():
    async with drivebell.Client(token, **network) as client:
        async with client.mirror(mine, file, **options) as mirror:
            print("running", flush=True)
            if way == "async":
                async for change in mirror:
                    keep(change)
            async for batch in mirror.batches():
                for change in batch:
                    keep(change)

blocking() if way == "sync" else asyncio.run(in_loop())
"""
WAYS = ("sync", "async", "batches")


@dataclass
class Log:
    """What the program has written before it was killed."""

    file: Path
    replay: Replay = field(default_factory=Replay)
    repeated: int = 0
    _read: int = 0
    _last: int = 0

    def read(self) -> None:
        """Replays what is new. Within a life, sequences rise by one."""
        content = self.file.read_bytes() if self.file.exists() else b""
        end = content.rfind(b"\n") + 1
        for line in content[self._read : end].splitlines():
            record = json.loads(line)
            sequence = record["sequence"]
            assert self._last in (0, sequence - 1), f"{sequence} after {self._last}"
            self._last = sequence
            self.repeated += sequence <= len(self.replay.records)
            self.replay.apply(record)
        self._read = end

    def killed(self) -> None:
        self.read()
        self._last = 0
        if self.file.exists():
            os.truncate(self.file, self._read)


@dataclass
class Editor:
    """Changes a drive at random."""

    simulator: Simulator
    random: random.Random
    names: int = 0

    def edit(self) -> None:
        # What is impossible, such as a folder in itself, is refused.
        with contextlib.suppress(urllib.error.HTTPError):
            paths = list(true_paths(self.simulator))
            folders = [path for path in paths if "." not in path]
            files = [path for path in paths if "." in path]
            self.names += 1
            if len(folders) < 5 or len(files) < 50:
                put(self.simulator, f"/folder-{self.names}/new-{self.names}.txt")
                return
            folder, file = self.random.choice(["", *folders]), self.random.choice(files)
            match self.random.randrange(10):
                case 0 | 1 | 2:
                    put(self.simulator, f"{folder}/new-{self.names}.txt")
                case 3:
                    put(self.simulator, file, f"content {self.names}".encode())
                case 4:
                    rename(self.simulator, file, f"renamed-{self.names}.txt")
                case 5:
                    move(self.simulator, file, folder or "/")
                case 6:
                    make_folder(self.simulator, f"{folder}/folder-{self.names}")
                case 7:
                    name = f"other-{self.names}"
                    rename(self.simulator, self.random.choice(folders), name)
                case 8:
                    move(self.simulator, self.random.choice(folders), folder or "/")
                case _:
                    gone = folder if self.names % 5 == 0 and folder else file
                    delete(self.simulator, gone)


@contextmanager
def life(
    simulator: Simulator, file: Path, log: Log, way: str, last: int = 0
) -> Iterator[subprocess.Popen[str]]:
    """A program that is killed at the end. It stops while it handles the `last` change."""
    arguments = [simulator.base_url, TOKEN, str(file), str(log.file), way, str(last)]
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    )
    with program:
        try:
            yield program
        finally:
            assert program.poll() is None, "it ended by itself"
            program.send_signal(signal.SIGKILL)
    log.killed()


def check_integrity(file: Path, copy: Path) -> None:
    """Of a copy: the file stays as the kill has left it."""
    if not file.exists():
        return
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir()
    for suffix in ("", "-wal"):
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(f"{file}{suffix}", copy)
    with closing(sqlite3.connect(copy / file.name)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def wait_until_the_log_gives_the_drive(simulator: Simulator, log: Log) -> None:
    deadline = time.monotonic() + DEADLINE
    while (told := log.replay.paths) != (truth := true_paths(simulator)):
        differ = sorted(told.items() ^ truth.items())
        assert time.monotonic() < deadline, f"it never gives the drive's paths: {differ}"
        time.sleep(0.02)
        log.read()


GRAPHS = {
    "kind": ("--delta-duplicates",),
    "unkind": (
        *("--delta-lag", "40", "--delta-tombstone-lag", "80", "--delta-unchanged", "0.2"),
        *("--delta-empty-rounds-skip", "--delta-empty-pages", "--delta-duplicates"),
    ),
}


@pytest.mark.parametrize("graph", GRAPHS)
def test_a_mirror_survives_kills(tmp_path: Path, graph: str) -> None:
    print("DRIVEBELL_KILLS_SEED =", SEED)
    chance = random.Random(SEED)
    file, log = tmp_path / "drive.db", Log(tmp_path / "log")
    with seeded(300, "--page-size", "20", *GRAPHS[graph], *OPTIONS) as simulator:
        editor = Editor(simulator, chance)
        # One that is killed while it handles a change, which so comes again for certain.
        with life(simulator, file, log, "async", last=100) as program:
            assert program.stdout is not None
            assert [program.stdout.readline() for _ in range(2)] == ["running\n", "stopped\n"]
        check_integrity(file, tmp_path / "copy")
        for kill in range(KILLS):
            with life(simulator, file, log, WAYS[kill % len(WAYS)]) as program:
                if chance.random() < 0.7:
                    assert program.stdout is not None
                    assert program.stdout.readline() == "running\n"
                # Sometimes in the middle of starting, mostly in the middle of changes.
                until = time.monotonic() + chance.random() * chance.choice([0.05, 0.3, 0.6])
                while time.monotonic() < until:
                    editor.edit()
            check_integrity(file, tmp_path / "copy")
        with life(simulator, file, log, "sync"):
            wait_until_the_log_gives_the_drive(simulator, log)
        check_integrity(file, tmp_path / "copy")
    assert len(log.replay.records) > 100
    assert log.repeated > 0
    print(f"{KILLS} kills, {len(log.replay.records)} changes, {log.repeated} of them came again")

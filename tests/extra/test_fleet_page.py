"""What docs/scale.md tells a reader to do, as the reader does it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from proof.connection import connect
from proof.deadline import until, wait_until
from proof.nats_server import NEWEST
from proof.workers import PROGRAM
from server_process import free_port

from simulator import BINARY, REPOSITORY

PAGE = REPOSITORY / "docs/scale.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STAYS = re.compile(r"nats-server|drivebell-simulator|python|.* --worker ")
"""The programs that run until they are stopped."""


class Reader:
    """Has a folder, and a terminal for each program that stays."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nats_port, graph_port = free_port(), free_port()
        self.text = (
            PAGE.read_text(encoding="utf-8")
            .replace("4222", str(self.nats_port))
            .replace("8080", str(graph_port))
            .replace("-sd nats", f"-sd nats -a 127.0.0.1 -p {self.nats_port}")
        )
        programs = folder / "bin"
        programs.mkdir()
        for name, program in {
            "nats-server": NEWEST,
            "drivebell-simulator": BINARY,
            "drivebell-fleet": PROGRAM,
        }.items():
            (programs / name).symlink_to(program)
        # An environment finds its packages by its own name.
        (programs / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (programs / "python").chmod(0o755)
        nats_url = f"nats://127.0.0.1:{self.nats_port}"
        path = f"{programs}{os.pathsep}{os.environ['PATH']}"
        self.environment = os.environ | {"PATH": path, "NATS_URL": nats_url}
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def blocks(self, language: str) -> list[str]:
        start = self.text.partition("## Start in five minutes")[2].partition("\n## ")[0]
        return [code for found, code in BLOCK.findall(start) if found == language]

    def run(self, block: str) -> str:
        """Returns what those programs have printed that end."""
        printed = ""
        for line in block.splitlines():
            words = shlex.split(line)
            if STAYS.match(line):
                with (self.folder / f"{len(self.running)}.log").open("wb") as log:
                    self.running[line] = subprocess.Popen(
                        words,
                        cwd=self.folder,
                        env=self.environment,
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                    )
                continue
            done = subprocess.run(
                words,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == 0, f"{line}: {done.stderr}"
            printed += done.stdout
        return printed

    def names(self) -> set[str]:
        """What the consumer's table has."""
        file = self.folder / "items.db"
        try:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as table:
                return {name for (name,) in table.execute("SELECT name FROM items")}
        except sqlite3.OperationalError:
            return set()


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    reading = Reader(folder)
    try:
        yield reading
    finally:
        for process in reversed(reading.running.values()):
            process.kill()
            process.wait()


async def test_start_in_five_minutes(tmp_path: Path) -> None:
    with reader(tmp_path) as it:
        servers, workers, drives, consumer, change = it.blocks("sh")
        [settings], [tokens] = it.blocks("toml"), it.blocks("python")
        (tmp_path / "fleet.toml").write_text(settings)
        (tmp_path / "tokens.py").write_text(tokens)
        shutil.copy(REPOSITORY / "examples/fleet/consumer.py", tmp_path)
        it.run(servers)
        async with await connect(f"nats://127.0.0.1:{it.nats_port}") as connection:
            it.run(workers)
            jetstream = connection.jetstream()

            async def exists() -> bool:
                streams = await jetstream.streams_info()
                return any(stream.config.name == "drivebell-changes" for stream in streams)

            await until(exists, "the workers have begun")
        status = it.run(drives)
        assert "kim" in status
        assert "alex" in status
        it.run(consumer)
        wait_until(lambda: "root" in it.names(), "the items of the drives are there")
        it.run(change)
        wait_until(lambda: "hello.txt" in it.names(), "the change is there")
        first = next(process for line, process in it.running.items() if "--worker one" in line)
        first.kill()
        it.run(change.replace("hello.txt", "later.txt"))
        wait_until(lambda: "later.txt" in it.names(), "the change after a kill is there")

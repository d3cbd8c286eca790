"""A host program that exits, forks or is interrupted while a mirror is open.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from change_streams import seeded
from deadline import DEADLINE

from simulator import TOKEN, Simulator

PRELUDE = f"""
import asyncio, gc, os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # os.fork() in a process with threads
import drivebell
from drivebell import Client, Resource, sync
base_url, file = sys.argv[1:]
mine = Resource.my_drive()
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # at once: two processes write
def client(credential={TOKEN!r}):
    return Client(credential, base_url=base_url)
def blocking(credential={TOKEN!r}):
    return sync.Client(credential, base_url=base_url)
"""

ENDINGS = {
    "while it fills": """
        async def main():
            global mirror
            mirror = client().mirror(mine, file, page_size=50)
            print("done", (await anext(mirror)).sequence)
        asyncio.run(main())
        """,
    "with a waiting iterator": """
        async def main():
            global mirror, task, walk
            mirror = client().mirror(mine, file, initial="silent")
            await mirror.ready()
            walk = mirror.walk()
            async def consume():
                async for change in mirror: pass
            task = asyncio.create_task(consume())
            await asyncio.sleep(0.01)
            print("done", next(walk)[0])
        asyncio.run(main())
        """,
    "the loop is never closed": """
        loop = asyncio.new_event_loop()
        async def main():
            return client().mirror(mine, file)
        mirror = loop.run_until_complete(main())
        print("done", len(loop.run_until_complete(anext(mirror.batches()))))
        """,
    "with threads that wait and read": """
        mirror = blocking().mirror(mine, file, initial="silent")
        mirror.ready()
        def read():
            while True: list(mirror.walk())
        for work in (mirror.__next__, read, read):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.05)
        print("done")
        """,
    "with a credential that blocks": """
        def never():
            time.sleep(60)
        mirror = blocking(never).mirror(mine, file)
        for work in (mirror.__next__, mirror.ready):
            threading.Thread(target=work, daemon=True).start()
        print("done")
        """,
    "with a set of mirrors": """
        async def main():
            global mirrors, task
            mirrors = client().mirror_all([mine, Resource.drive("b!team")], file)
            change = await anext(mirrors)
            task = asyncio.create_task(mirrors.ready())
            print("done", change.client is not None)
        asyncio.run(main())
        """,
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with seeded(2000) as simulator:
        yield simulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drive.db"


def run(script: str, simulator: Simulator, file: Path) -> subprocess.CompletedProcess[str]:
    code = PRELUDE + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, simulator.base_url, file],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_exit_with_a_mirror_open_neither_crashes_nor_hangs(
    ending: str, simulator: Simulator, file: Path
) -> None:
    # The later ones open what the first one left.
    for _ in range(3):
        result = run(ENDINGS[ending], simulator, file)
        assert result.returncode == 0, result.stderr
        assert "done" in result.stdout
        assert "Fatal" not in result.stderr
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_mirror_whose_loop_is_closed_closes_itself(simulator: Simulator, file: Path) -> None:
    script = """
        loop = asyncio.new_event_loop()
        async def main():
            global mirror, task
            mirror = client().mirror(mine, file, initial="silent")
            await mirror.ready()
            async def consume():
                async for change in mirror: pass
            task = asyncio.ensure_future(consume())
            await asyncio.sleep(0.05)
        loop.run_until_complete(main())
        loop.close()
        with blocking() as other:
            mirror.hint()
            print("closed", flush=True)
            # A change wakes the loop that is gone.
            import urllib.request
            url = base_url + "/v1.0/me/drive/root:/of-a-closed-loop.txt:/content"
            headers = {"Authorization": "Bearer the-token-of-the-tests"}
            urllib.request.urlopen(urllib.request.Request(url, b"x", headers, method="PUT")).read()
            deadline = time.monotonic() + 20
            while mirror.state != "closed":
                assert time.monotonic() < deadline, mirror.state
                time.sleep(0.01)
            while True:
                try:
                    again = other.mirror(mine, file)
                    break
                except drivebell.InvalidArgumentError:
                    assert time.monotonic() < deadline
            change = next(again)
            print(change.path)
        os._exit(0)
        """
    result = run(script, simulator, file)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["closed", "/of-a-closed-loop.txt"]


def test_a_forked_child_leaves_the_mirror_alone(simulator: Simulator, file: Path) -> None:
    script = """
        mirror = blocking().mirror(mine, file, initial="silent")
        mirrors = blocking().mirror_all([mine], file + "-all")
        mirror.ready()
        walk, tree = mirror.walk(), mirrors.tree(mine)
        next(walk)
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(writing)
            uses = (
                lambda: next(mirror), lambda: next(mirror.batches()), mirror.ready, mirror.hint,
                mirror.stats, lambda: mirror.get("/"), lambda: list(mirror.walk()),
                lambda: list(walk), tree.stats, mirrors.ready, lambda: next(mirrors),
                lambda: mirrors.add(Resource.drive("b!team")), lambda: mirrors.hint(mine),
                lambda: mirrors.stats(mine),
            )
            refused = 0
            for use in uses:
                try:
                    use()
                except drivebell.StateError as error:
                    refused += "forked" in str(error)
            say("refused:", refused == len(uses))
            mirror.close(); mirrors.close()
            os.read(reading, 1)
            with blocking() as new:
                try:
                    new.mirror(mine, file)
                except drivebell.InvalidArgumentError as error:
                    say("raised:", error.argument, "forked" in str(error))
                with new.mirror(mine, file + "-of-child", initial="silent") as own:
                    own.ready()
                    say("new:", own.get("/").is_root)
            del mirror, mirrors, walk, tree
            gc.collect()
            sys.exit(0)
        say("parent:", mirror.get("/").is_root, mirrors.tree(mine).resource == mine)
        mirror.close()
        # The child has inherited the lock, and holds it no longer.
        with blocking() as other, other.mirror(mine, file) as again:
            again.ready()
            say("again:", again.stats().rows > 2000)
        os.write(writing, b"x")
        _, status = os.waitpid(child, 0)
        say("child:", os.waitstatus_to_exitcode(status))
        """
    result = run(script, simulator, file)
    assert result.returncode == 0, result.stderr
    assert sorted(result.stdout.splitlines()) == [
        "again: True",
        "child: 0",
        "new: True",
        "parent: True True",
        "raised: file True",
        "refused: True",
    ]


WAITS = {
    "for a change": """
        with blocking() as c, c.mirror(mine, file, initial="silent") as mirror:
            mirror.ready()
            print("waiting", flush=True)
            for change in mirror: pass
        """,
    "for the first enumeration": """
        def never():
            print("waiting", flush=True)
            time.sleep(60)
        with blocking(never) as c, c.mirror(mine, file) as mirror:
            mirror.ready()
        """,
    "in a loop": """
        async def main():
            async with client() as c, c.mirror(mine, file, initial="silent") as mirror:
                await mirror.ready()
                print("waiting", flush=True)
                async for batch in mirror.batches(): pass
        asyncio.run(main())
        """,
}


@pytest.mark.parametrize("waits", WAITS)
def test_ctrl_c_ends_a_program_that_waits(waits: str, simulator: Simulator, file: Path) -> None:
    # A background job of a shell ignores SIGINT, and so do its children.
    code = PRELUDE + "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", code + textwrap.dedent(WAITS[waits]), simulator.base_url, file],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=DEADLINE)
        assert "KeyboardInterrupt" in errors

"""A host program that exits or forks while it shares drives."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import REPOSITORY, TOKEN, Simulator

PRELUDE = f"""
import asyncio, gc, os, sys, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # os.fork() in a process with threads
sys.path.append({str(REPOSITORY / "tests/python")!r})
import drivebell
from drivebell import Client, MemoryStore, Resource, SqliteStore, sync
from checkpoint_stores import AsyncDictStore, DictStore, interrupted
base_url, file = sys.argv[1:]
mine = Resource.my_drive()
def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())  # at once: two processes write
def client():
    return Client({TOKEN!r}, base_url=base_url)
def blocking():
    return sync.Client({TOKEN!r}, base_url=base_url)
"""

ENDINGS = {
    "in the middle of a batch": """
        async def main():
            global changes
            changes = client().changes_shared([mine], SqliteStore(file), since="start")
            print("done", (await anext(changes)).sequence)
        asyncio.run(main())
        """,
    "with a waiting iterator and an async store": """
        async def main():
            global changes, task
            changes = client().changes_shared([mine], AsyncDictStore(), since="start")
            await anext(changes)
            task = asyncio.create_task(changes.next())
            await asyncio.sleep(0.01)
            print("done")
        asyncio.run(main())
        """,
    "the loop is never closed": """
        loop = asyncio.new_event_loop()
        async def main():
            return client().changes_shared([mine], AsyncDictStore(), since="start")
        changes = loop.run_until_complete(main())
        print("done", len(loop.run_until_complete(anext(changes)).items))
        """,
    "with a store that blocks": """
        called = threading.Event()
        def never(name, call):
            called.set()
            time.sleep(60)
        store = interrupted(DictStore(), never)
        changes = blocking().changes_shared([mine], store, since="start")
        called.wait()
        print("done")
        """,
    "with an async store that never returns": """
        async def main():
            global changes
            class Never(AsyncDictStore):
                async def list_ownership(self):
                    called.set()
                    await asyncio.sleep(60)
            called = asyncio.Event()
            changes = client().changes_shared([mine], Never(), since="start")
            await called.wait()
            print("done")
        asyncio.run(main())
        """,
    "with a thread that waits": """
        changes = blocking().changes_shared([mine], DictStore(), since="start")
        next(changes)
        threading.Thread(target=changes.__next__, daemon=True).start()
        time.sleep(0.05)
        print("done")
        """,
}


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


def run(script: str, simulator: Simulator, folder: Path) -> subprocess.CompletedProcess[str]:
    code = PRELUDE + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", code, simulator.base_url, folder / "drives.db"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_exit_with_a_stream_open_neither_crashes_nor_hangs(
    ending: str, simulator: Simulator, tmp_path: Path
) -> None:
    for _ in range(3):
        result = run(ENDINGS[ending], simulator, tmp_path)
        assert result.returncode == 0, result.stderr
        assert "done" in result.stdout
        assert "Fatal" not in result.stderr
        (tmp_path / "drives.db").unlink(missing_ok=True)


def test_a_stream_whose_loop_is_closed_gives_its_drives_back(
    simulator: Simulator, tmp_path: Path
) -> None:
    script = """
        store = DictStore()
        async def main():
            global changes
            changes = client().changes_shared([mine], store, since="start")
            await anext(changes)
        asyncio.run(main())
        deadline = time.monotonic() + 20
        while any(row.get("owner") for row in store.records.values()):
            assert time.monotonic() < deadline, store.records
            time.sleep(0.01)
        print("given back")
        """
    result = run(script, simulator, tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "given back\n"


def test_a_forked_child_leaves_the_stream_alone(simulator: Simulator, tmp_path: Path) -> None:
    script = """
        memory, sqlite = MemoryStore(), SqliteStore(file)
        changes = blocking().changes_shared([mine], sqlite, since="start")
        next(changes)
        child = os.fork()
        if child == 0:
            new = blocking()
            uses = (
                lambda: next(changes), lambda: changes.add(mine, since="now"),
                lambda: new.changes_shared([mine], memory, since="now"),
                lambda: new.changes_shared([mine], sqlite, since="now"),
            )
            refused = 0
            for use in uses:
                try:
                    use()
                except drivebell.StateError as error:
                    refused += "forked" in str(error)
            say("refused:", refused == len(uses))
            changes.done(); changes.close()
            with new.changes_shared([mine], SqliteStore(file + "-of-child"), since="start") as own:
                say("new:", len(next(own).items) > 0)
            del changes, memory, sqlite, new
            gc.collect()
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        say("child:", os.waitstatus_to_exitcode(status))
        say("parent:", len(changes.owned()))
        changes.close()
        """
    result = run(script, simulator, tmp_path)
    assert result.returncode == 0, result.stderr
    lines = ["child: 0", "new: True", "parent: 1", "refused: True"]
    assert sorted(result.stdout.splitlines()) == lines

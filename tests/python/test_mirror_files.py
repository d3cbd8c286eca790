"""Files and arguments that a mirror refuses, by name and before anything is touched."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from change_streams import seeded
from deadline import eventually, soon
from drivebell import Client, InvalidArgumentError, Resource, StorageError
from filled_disk import fill_up
from mirrored_drives import MINE, holds_the_drive, mirror_of, put
from session import HURRIED

from simulator import TOKEN, Simulator

TEAM = Resource.drive("b!team")
NOBODY = "65534"
"""Root may write everything."""

BAD: dict[str, list[object]] = {
    "under": ["Reports", "", "Reports/", 7, b"/x", "\ud800"],
    "include": ["*.pdf", ["[a"], ["a{b"], [7], ["\ud800"], 7],
    "exclude": ["*.pdf", ["[a"], [None]],
    "kinds": ["created", ["Created"], ["renamed", "touched"], [7]],
    "files_only": ["yes", 1],
    "initial": ["", "Silent", "now", True],
    "expand": ["yes", 1],
    "keep_raw": ["yes", 1],
    "page_size": [0],
    "push": ["on"],
    "audit_interval": [0],
    "file": ["", 7, None, b"/tmp/x"],
    "resource": ["/me/drive", None],
}


@pytest.mark.parametrize("name", BAD)
async def test_an_invalid_argument_is_named_by_the_error(name: str, tmp_path: Path) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    file = tmp_path / "drive.db"
    for value in BAD[name]:
        arguments: dict[str, Any] = {"resource": MINE, "file": file, name: value}
        with pytest.raises(InvalidArgumentError, match=f"^{name}: ") as raised:
            client.mirror(**arguments)
        assert raised.value.argument == name, value
        arguments["resources"] = [arguments.pop("resource")]
        with pytest.raises(InvalidArgumentError) as raised:
            client.mirror_all(**arguments)
        assert raised.value.argument == name, value
    assert os.listdir(tmp_path) == []
    with pytest.raises(TypeError):
        client.mirror(MINE)  # type: ignore[call-arg]
    await client.aclose()


async def test_a_directory_and_a_list_are_refused(tmp_path: Path) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    with pytest.raises(InvalidArgumentError, match="directory") as raised:
        client.mirror(MINE, tmp_path)
    assert raised.value.argument == "file"
    with pytest.raises(InvalidArgumentError) as raised:
        client.mirror(Resource.drive_list("b!me"), tmp_path / "drive.db")
    assert raised.value.argument == "resource"
    assert os.listdir(tmp_path) == []
    await client.aclose()


async def test_a_file_is_mirrored_once_in_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Simulator() as simulator:
        file, other = tmp_path / "drive.db", tmp_path / "link.db"
        async with mirror_of(simulator, file) as mirror:
            other.symlink_to(file)
            client = Client(TOKEN, base_url=simulator.base_url)
            for same in (file, other, "./drive.db"):
                with pytest.raises(InvalidArgumentError, match="in this process") as raised:
                    client.mirror(MINE, same)
                assert raised.value.argument == "file"
                with pytest.raises(InvalidArgumentError):
                    client.mirror_all([TEAM], same)
            put(simulator, "/a.txt")
            await holds_the_drive(mirror, simulator)
        async with client.mirror(MINE, other) as mirror:
            await holds_the_drive(mirror, simulator)
        await client.aclose()


async def test_bad_arguments_of_a_tree_are_named(tmp_path: Path) -> None:
    with Simulator() as simulator:
        async with mirror_of(simulator, tmp_path / "drive.db") as mirror:
            await soon(mirror.ready())
            calls: list[tuple[str, Any]] = [
                ("path", lambda: mirror.get("a.txt")),
                ("path", lambda: mirror.get("")),
                ("path", lambda: mirror.get(7)),  # type: ignore[call-overload]
                ("path", lambda: mirror.get("/\ud800")),
                ("path", mirror.get),
                ("id", lambda: mirror.get("/a.txt", id="1")),  # type: ignore[call-overload]
                ("id", lambda: mirror.get(id=7)),  # type: ignore[call-overload]
                ("id", lambda: mirror.path(None)),  # type: ignore[arg-type]
                ("path", lambda: mirror.children("a")),
                ("path", lambda: mirror.walk("a")),
            ]
            for name, call in calls:
                with pytest.raises(InvalidArgumentError) as raised:
                    call()
                assert raised.value.argument == name


@pytest.fixture
def mirrored(tmp_path: Path) -> Iterator[tuple[Simulator, Path]]:
    """A drive with its mirror, which is closed."""
    with seeded(20) as simulator:

        async def fill() -> None:
            async with mirror_of(simulator, tmp_path / "drive.db") as mirror:
                await soon(mirror.ready())

        asyncio.run(fill())
        yield simulator, tmp_path / "drive.db"


@asynccontextmanager
async def client_of(simulator: Simulator) -> AsyncIterator[Client]:
    async with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
        yield client


def content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


async def refusal(simulator: Simulator, file: Path, resource: Resource = MINE) -> StorageError:
    """The error of opening the file, which is untouched."""
    before = content(file)
    async with client_of(simulator) as client:
        with pytest.raises(StorageError) as raised:
            client.mirror(resource, file)
        if resource == MINE:
            with pytest.raises(StorageError) as other:
                client.mirror_all([resource], file)
            assert str(other.value) == str(raised.value)
    assert content(file) == before
    assert str(file) in str(raised.value)
    assert content(Path(f"{file}-wal")) is None
    return raised.value


async def test_a_file_of_another_program(mirrored: tuple[Simulator, Path], tmp_path: Path) -> None:
    simulator, _ = mirrored
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but a text of some length\n" * 100)
    assert (await refusal(simulator, text)).code == "not_a_mirror"
    database = tmp_path / "other.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE node (name TEXT)")
    assert (await refusal(simulator, database)).code == "not_a_mirror"


async def test_a_file_of_a_newer_version(mirrored: tuple[Simulator, Path]) -> None:
    simulator, file = mirrored
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA user_version = 9999")
    error = await refusal(simulator, file)
    assert (error.code, error.retryable) == ("newer_version", False)


async def test_a_file_of_another_drive(mirrored: tuple[Simulator, Path]) -> None:
    simulator, file = mirrored
    assert (await refusal(simulator, file, TEAM)).code == "other_drive"
    async with client_of(simulator) as client, client.mirror(MINE, file) as mirror:
        await holds_the_drive(mirror, simulator)


async def test_a_damaged_file(mirrored: tuple[Simulator, Path]) -> None:
    simulator, file = mirrored
    pages = content(file) or b""
    file.write_bytes(pages[:100] + b"\xff" * 4000 + pages[4100:])
    assert (await refusal(simulator, file)).code == "damaged"


async def test_a_folder_that_does_not_exist(
    mirrored: tuple[Simulator, Path], tmp_path: Path
) -> None:
    simulator, _ = mirrored
    assert (await refusal(simulator, tmp_path / "no" / "drive.db")).code == "inaccessible"


OPEN = """
import os, sys, drivebell.sync
base_url, token, file, user = sys.argv[1:]
if user and os.geteuid() == 0:
    os.setuid(int(user))
with drivebell.sync.Client(token, base_url=base_url) as client:
    try:
        mirror = client.mirror(drivebell.Resource.my_drive(), file, lag_delays=[])
    except drivebell.StorageError as error:
        print(error.code)
"""


def code_in_another_process(simulator: Simulator, file: Path, user: str = "") -> str:
    """The code with which another process cannot open the file; nothing if it can."""
    result = subprocess.run(
        [sys.executable, "-c", OPEN, simulator.base_url, TOKEN, str(file), user],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder in which every user may write."""
    folder = Path(tempfile.mkdtemp(prefix="drivebell-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


def test_a_file_that_may_only_be_read(mirrored: tuple[Simulator, Path], public: Path) -> None:
    simulator, file = mirrored
    copy = public / "drive.db"
    shutil.copy(file, copy)
    before = copy.read_bytes()
    copy.chmod(0o444)
    assert code_in_another_process(simulator, copy, NOBODY) == "read_only"
    copy.chmod(0o666)
    public.chmod(0o555)
    for path in public.iterdir():
        if path != copy:
            path.unlink()
    assert code_in_another_process(simulator, copy, NOBODY) == "read_only"
    assert copy.read_bytes() == before
    assert [path.name for path in public.iterdir()] == ["drive.db"]


async def test_a_file_that_another_process_mirrors(mirrored: tuple[Simulator, Path]) -> None:
    simulator, file = mirrored
    async with client_of(simulator) as client, client.mirror(MINE, file) as mirror:
        await soon(mirror.ready())
        assert await asyncio.to_thread(code_in_another_process, simulator, file) == "locked"
        put(simulator, "/new.txt")
        await holds_the_drive(mirror, simulator)
    assert code_in_another_process(simulator, file) == ""


HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


async def test_a_mirror_waits_while_another_program_writes(
    mirrored: tuple[Simulator, Path],
) -> None:
    simulator, file = mirrored
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    async with client_of(simulator) as client, client.mirror(MINE, file) as mirror:
        await soon(mirror.ready())
        holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, file, **pipes)
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert await soon(holder.stdout.readline()) == b"held\n"
        batches = mirror.stats().changes.batches
        put(simulator, "/new.txt")
        await eventually(lambda: mirror.stats().changes.batches > batches)
        assert mirror.get("/new.txt") is None
        assert mirror.state == "live"
        holder.stdin.close()
        await soon(holder.wait())
        await holds_the_drive(mirror, simulator)


COUNT = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
print(connection.execute("SELECT count(*) FROM item").fetchone()[0])
connection.close()
"""


def count_in_another_process(file: Path) -> int:
    return int(subprocess.check_output([sys.executable, "-c", COUNT, file], text=True))


async def test_the_same_program_may_read_the_file_with_its_own_sqlite(
    mirrored: tuple[Simulator, Path],
) -> None:
    simulator, file = mirrored
    async with client_of(simulator) as client, client.mirror(MINE, file) as mirror:
        await soon(mirror.ready())
        rows = mirror.stats().rows
        for number in range(3):
            put(simulator, f"/{number}.txt")
            await holds_the_drive(mirror, simulator)
            # Python's copy of SQLite knows nothing of ours, and believes that it closes last.
            with closing(sqlite3.connect(file)) as connection:
                count = connection.execute("SELECT count(*) FROM item").fetchone()[0]
            assert count == rows + number + 1
            put(simulator, f"/{number}-after.txt")
            rows += 1
            await holds_the_drive(mirror, simulator)
            counted = await asyncio.to_thread(count_in_another_process, file)
            assert counted == rows + number + 1 == mirror.stats().rows
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    with seeded(3000) as simulator:
        lines = fill_up(simulator, tmp_path, "file")
    # A limit of the file's size is no full disk to SQLite.
    assert lines == ["inaccessible", "inaccessible", "3001 3000"]

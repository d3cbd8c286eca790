"""The Python in the documents passes strict type checkers, as their readers' programs do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import READMES, code_blocks

from simulator import REPOSITORY

PYRIGHT = REPOSITORY / "tests" / "pyright" / "node_modules" / "pyright" / "index.js"
# Libraries without types, or with some: what they return is unknown, so that only the rest can be
# checked.
UNTYPED = ("msal", "nats", "pandas", "socketio")


@pytest.fixture(scope="module")
def snippets(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, list[Path]]:
    """Those that use typed libraries only, and the others."""
    directory = tmp_path_factory.mktemp("snippets")
    found: dict[bool, list[Path]] = {True: [], False: []}
    for readme in (*READMES, "docs/testing.md"):
        for block in code_blocks(readme, (REPOSITORY / readme).read_text(encoding="utf-8")):
            if block.language != "python":
                continue
            is_typed = not any(f"import {name}" in block.code for name in UNTYPED)
            name = readme.removesuffix(".md").replace("/", "_").replace("-", "_").lower()
            file = directory / ("typed" if is_typed else "untyped") / f"{name}_{block.line}.py"
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.code, encoding="utf-8")
            found[is_typed].append(file)
    assert len(found[True]) > 10
    assert found[False]
    return found


def mypy(*arguments: str | Path) -> None:
    command = [sys.executable, "-m", "mypy", "--config-file", "", "--strict", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


def pyright(files: list[Path], mode: str) -> None:
    directory = files[0].parent
    settings: dict[str, object] = {
        "typeCheckingMode": mode,
        "pythonVersion": f"{sys.version_info.major}.{sys.version_info.minor}",
    }
    if mode != "strict":
        settings["reportMissingImports"] = settings["reportMissingModuleSource"] = "none"
    (directory / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    command = ["node", str(PYRIGHT), "--project", str(directory)]
    command += ["--pythonpath", sys.executable]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors" in done.stdout


def test_mypy_accepts_the_snippets(snippets: dict[bool, list[Path]]) -> None:
    mypy(*snippets[True])
    mypy("--ignore-missing-imports", "--no-warn-return-any", *snippets[False])


def test_pyright_accepts_the_snippets(snippets: dict[bool, list[Path]]) -> None:
    pyright(snippets[True], "strict")
    pyright(snippets[False], "standard")


PROGRAM = """
from typing import Any, assert_type

import drivebell
from drivebell import (
    ChangeBatch, Changes, Checkpoint, Connected, Disconnected, DriveItem, Lifecycle, ListItem,
    MemberBatch, MemberEnd, Notification, OwnedDrive, Ownership, Resource, SharedBatch,
    SharedRefusal, sync,
)


class Typed:
    async def list_ownership(self) -> list[Ownership]:
        return []

    async def claim_ownership(self, claims: list[Ownership]) -> list[Ownership]:
        return [{**claim, "revision": "1"} for claim in claims if claim["owner"]]

    async def list_checkpoints(self, partitions: list[str]) -> list[Checkpoint]:
        return []

    async def update_checkpoint(self, checkpoint: Checkpoint) -> Checkpoint | None:
        return None if checkpoint["epoch"] > 1 else checkpoint


class Rows:
    def list_ownership(self) -> list[dict[str, Any]]:
        return []

    def claim_ownership(self, records: list[Ownership]) -> list[dict[str, Any]]:
        return [dict(record) for record in records]

    def list_checkpoints(self, names: list[str]) -> list[dict[str, Any]]:
        return []

    def update_checkpoint(self, record: Checkpoint) -> dict[str, Any] | None:
        return None


async def share(client: drivebell.Client, blocking: sync.Client) -> None:
    drive = Resource.my_drive()
    async with client.changes_shared([drive], Typed(), since="now") as changes:
        async for batch in changes:
            assert_type(batch, SharedBatch[DriveItem] | SharedRefusal)
            if batch.error is not None:
                assert_type(batch, SharedRefusal)
                continue
            assert_type(batch.items, tuple[DriveItem, ...])
            assert_type(batch.epoch, int)
        assert_type(changes.owned(), list[OwnedDrive[drivebell.Client, DriveItem]])
    client.changes_shared({drive: "now"}, Rows(), lease_time=2, worker="one")
    client.changes_shared([drive], drivebell.MemoryStore(), since="now")
    blocking.changes_shared([drive], Rows(), since="now")
    blocking.changes_shared([drive], drivebell.SqliteStore("a.db"), since="now")
    blocking.changes_shared([drive], Typed(), since="now")  # type: ignore[arg-type]
    client.changes_shared([drive], object(), since="now")  # type: ignore[arg-type]


async def follow(client: drivebell.Client, any_resource: Resource) -> None:
    drive = Resource.my_drive()
    assert_type(drive, Resource[DriveItem])
    async for batch in client.changes(drive, since="start"):
        assert_type(batch, ChangeBatch[DriveItem])
        assert_type(batch.items, tuple[DriveItem, ...])
        print(batch.items[0].hashes)
    rows = client.changes(Resource.site_list("s", "l"), since="now")
    assert_type(rows, Changes[ListItem])
    assert_type((await rows.next(timeout=1)).items[0].fields is None, bool)
    mixed = client.changes(any_resource, since="now")
    assert_type(mixed, Changes[DriveItem | ListItem])
    async with client.changes_all([drive], since="now") as changes:
        async for member in changes:
            assert_type(member, MemberBatch[DriveItem] | MemberEnd)
            if member.error is not None:
                assert_type(member, MemberEnd)
            else:
                assert_type(member.items, tuple[DriveItem, ...])
    async with client.changes_all({drive: "now"}) as changes:
        print(len(changes))
    async with client.subscribe(any_resource) as sub:
        async for event in sub.events():
            assert_type(event, Notification | Lifecycle)
            match event:
                case Disconnected(reason=reason, retry_in=retry_in):
                    assert_type(retry_in, float)
                    print(reason.upper())
                case Connected():
                    assert_type(event.retry_in, float | None)
                case _:
                    pass


def follow_blocking(client: sync.Client) -> None:
    for batch in client.changes(Resource.drive("x"), since="start", page_size=5):
        assert_type(batch.items, tuple[DriveItem, ...])
    client.changes(Resource.drive("x"), since="start", page_sise=5)  # type: ignore[call-arg]
    client.changes(Resource.drive("x"))  # type: ignore[call-arg]
    client.changes("/me/drive", since="now")  # type: ignore[arg-type]
"""


def test_type_checkers_know_what_a_stream_hands_out(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM, encoding="utf-8")
    mypy("--warn-unused-ignores", program)
    pyright([program], "strict")

"""Streams of changes.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gc
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import drivebell
import pytest
from change_streams import changes_of, seeded
from deadline import eventually, soon
from drivebell import Client, DriveItem, InvalidArgumentError, ListItem, Resource
from mark_and_sweep import Copy, truth

from simulator import TOKEN

ROOT = "/v1.0/me/drive/root"


async def test_a_mirror_follows_its_drive() -> None:
    untidy = ("--delta-empty-pages", "--delta-duplicates", "--delta-lag", "200")
    with seeded(500, "--page-size", "60", *untidy) as simulator:
        async with changes_of(simulator) as changes:
            mirror = Copy()
            await mirror.follow(changes, simulator)
            assert len(mirror.rows) > 500
            assert len(mirror.batches) > 5
            first = mirror.batches[0]
            assert (first.trigger, first.caught_up, first.resync_code) == ("start", False, None)
            assert all(batch.initial for batch in mirror.batches)
            for number in range(3):
                simulator.upload(f"new-{number}.txt")
            enumerated = len(mirror.batches)
            await mirror.follow(changes, simulator)
            assert not any(batch.initial for batch in mirror.batches[enumerated:])
            simulator.http("PATCH", f"{ROOT}:/new-0.txt", b'{"name":"renamed.txt"}')
            simulator.http("DELETE", f"{ROOT}:/new-1.txt")
            await mirror.follow(changes, simulator)


async def test_an_item_has_the_fields_that_graph_sent() -> None:
    with seeded(50) as simulator:
        async with changes_of(simulator) as changes:
            batch = await soon(anext(changes))
    items = [item for item in batch.items if isinstance(item, DriveItem)]
    assert batch.items is batch.items
    assert len(items) == len(batch.items)
    root = next(item for item in items if item.is_root)
    assert (root.is_folder, root.is_file, root.parent_id) == (True, False, None)
    file = next(item for item in items if item.is_file)
    raw = file.raw
    assert (file.id, file.name, file.size) == (raw["id"], raw["name"], raw["size"])
    assert (file.etag, file.ctag) == (raw["eTag"], raw["cTag"])
    assert file.mime_type == raw["file"].get("mimeType")
    assert file.hashes.quick_xor == raw["file"].get("hashes", {}).get("quickXorHash")
    assert file.parent_id == raw["parentReference"]["id"]
    assert file.drive_id == "b!me"
    assert file.modified_at is not None
    assert file.modified_at.tzinfo is UTC
    assert file.modified_at == datetime.fromisoformat(raw["lastModifiedDateTime"])
    assert file.modified_at < datetime.now(UTC) + timedelta(seconds=5)
    assert (file.deleted, file.shared, file.is_package) == (False, False, False)
    assert (file.remote_item, file.child_count) == (None, None)
    assert file.web_url == raw.get("webUrl")
    assert (file.created_by is None) == ("createdBy" not in raw)
    assert (file.modified_by is None) == ("lastModifiedBy" not in raw)
    assert file.hashes == file.hashes
    assert hash(file.hashes) == hash(file.hashes)
    assert repr(file) == f"<drivebell.DriveItem {file.id} {file.name!r}>"
    alone = file.detached()
    assert alone is not file
    assert (alone.raw, alone.modified_at) == (raw, file.modified_at)
    assert repr(batch) == "<drivebell.ChangeBatch items=51 trigger=start initial caught_up>"
    with pytest.raises(AttributeError):
        file.name = "other"  # type: ignore[misc]


async def test_a_checkpoint_resumes_after_its_batch() -> None:
    with seeded(200, "--page-size", "20") as simulator:
        mirror = Copy()
        async with changes_of(simulator) as changes:
            for _ in range(3):  # in the middle of the enumeration
                mirror.apply(await soon(anext(changes)))
        before = len(mirror.rows)
        simulator.upload("while-away.txt")
        async with changes_of(simulator, mirror.checkpoint) as changes:
            await mirror.follow(changes, simulator)
        assert mirror.batches[3].snapshot == mirror.batches[0].snapshot
        assert before == sum(len(batch.items) for batch in mirror.batches[:3])


async def test_a_checkpoint_of_the_first_version_is_accepted() -> None:
    with seeded(20) as simulator:
        async with changes_of(simulator) as changes:
            text = (await soon(anext(changes))).checkpoint
        prefix, _, encoded = text.partition(".")
        content = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
        old = {name: content[name] for name in ("resource", "link", "snapshot")}
        encoded = base64.urlsafe_b64encode(json.dumps(old).encode()).decode().rstrip("=")
        simulator.upload("while-away.txt")
        async with changes_of(simulator, f"{prefix}.{encoded}") as changes:
            batch = await soon(anext(changes))
        assert "while-away.txt" in [item.name for item in batch.items]
        assert (batch.trigger, batch.snapshot) == ("start", content["snapshot"])


async def test_a_stream_from_now_starts_with_the_next_change() -> None:
    with seeded(50) as simulator:
        async with changes_of(simulator, "now") as changes:
            first = await soon(anext(changes))
            assert (first.items, first.caught_up, first.snapshot) == ((), True, None)
            simulator.upload("new.txt")
            batch = await soon(anext(changes))
            assert batch.trigger == "hint"
            assert "new.txt" in [item.name for item in batch.items]


async def test_a_lost_delta_link_starts_a_new_snapshot() -> None:
    with seeded(100, "--page-size", "30") as simulator:
        async with changes_of(simulator) as changes:
            mirror = Copy()
            await mirror.follow(changes, simulator)
            code = "resyncChangesUploadDifferences"
            simulator.coming_fault(
                {"answer": {"status": 410, "code": code}}, on="delta", times=1, when="always"
            )
            simulator.upload("after.txt")
            batch = await soon(anext(changes))
            assert batch.resync_code == code
            mirror.apply(batch)
            await mirror.follow(changes, simulator)
            while not mirror.batches[-1].caught_up:
                mirror.apply(await soon(anext(changes)))
            assert set(mirror.marks.values()) == {batch.snapshot}


async def test_throttled_paging_loses_nothing() -> None:
    faults = (
        "answer=429,retryAfter=1,on=delta,skip=2,times=1",
        "answer=503,on=delta,skip=5,times=1",
        "reset,on=delta,skip=8,times=1",
    )
    options = [part for fault in faults for part in ("--fault", fault)]
    with seeded(300, "--page-size", "20", *options) as simulator:
        async with changes_of(simulator) as changes:
            await Copy().follow(changes, simulator)


async def test_options_reach_graph() -> None:
    with seeded(20) as simulator:
        options: dict[str, Any] = {
            "select": ["name", "size"],
            "page_size": 7,
            "prefer": ["hierarchicalsharing"],
            "exclude_parents": True,
            "safety_interval": None,
            "live_timeout": 5,
            "max_delay": 1,
        }
        async with changes_of(simulator, **options) as changes:
            batch = await soon(anext(changes))
        assert len(batch.items) == 7
        assert set(batch.items[1].raw) >= {"id", "name", "size"}
        assert "parentReference" not in batch.items[1].raw
        request = next(call for call in simulator.requests() if "/delta" in call["path"])
        assert "hierarchicalsharing" in json.dumps(request)


async def test_a_list_has_rows() -> None:
    with seeded(20) as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            changes = client.changes(Resource.drive_list("b!me"), since="start")
            batch = await soon(anext(changes))
    assert batch.items
    for item in batch.items:
        assert isinstance(item, ListItem)
        assert item.id == item.raw["id"]
        assert item.modified_at is not None
        assert (item.name, item.etag) == (item.raw.get("name"), item.raw.get("eTag"))
        assert item.fields == item.raw.get("fields")
        assert not item.deleted
        assert item.web_url == item.raw.get("webUrl")
        assert item.content_type == item.raw.get("contentType", {}).get("name")


BAD: dict[str, list[object]] = {
    "since": ["", "Start", "yesterday", "drivebell1.x", "\ud800", None, 7],
    "select": ["name", ["a&b"], [7], ["\ud800"], 7],
    "page_size": [0, -1, True, 1.5, 2**40],
    "prefer": ["x", ["a\nb"], [""], [None]],
    "exclude_parents": ["yes", 1],
    "live_timeout": [-1, "1", float("nan")],
    "quiet_time": [-1, True],
    "max_delay": [-1, "1"],
    "lag_delays": [3, "3", [-1], ["3"]],
    "poll_interval": [0, 0.0, -1, "1"],
    "safety_interval": [0, -1, "1"],
    "audit_interval": [0, 0.0, -1, "1"],
    "deaf_after": [0, -1, "1"],
    "start_timeout": [-1, "1"],
    "push": ["", "on", "Auto", "v1.0", True],
    "max_concurrent_queries": [0, -1, 1.5],
}


@pytest.mark.parametrize("name", BAD)
async def test_an_invalid_argument_is_named_by_the_error(name: str) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    for value in BAD[name]:
        arguments: dict[str, Any] = {"since": "now", name: value}
        with pytest.raises(InvalidArgumentError) as raised:
            client.changes(Resource.my_drive(), **arguments)
        assert raised.value.argument == name, value


async def test_a_resource_must_have_a_delta_query() -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    pathless = Resource.path("/x/subscriptions/socketIo")
    for resource in (pathless, "me"):
        with pytest.raises(InvalidArgumentError) as raised:
            client.changes(resource, since="now")  # type: ignore[arg-type]
        assert raised.value.argument == "resource"
    with pytest.raises(TypeError):
        client.changes(Resource.my_drive())  # type: ignore[call-arg]


def test_a_stream_needs_a_running_loop() -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    with pytest.raises(drivebell.StateError, match="event loop"):
        client.changes(Resource.my_drive(), since="now")


async def test_a_cancelled_wait_loses_no_batch() -> None:
    with seeded(400, "--page-size", "10", "--fault", "delay=3,on=delta") as simulator:
        async with changes_of(simulator) as changes:
            ids: list[str] = []
            cancelled = 0
            wait = random.Random(1)
            caught_up = False
            while not caught_up:
                task = asyncio.ensure_future(anext(changes))
                await asyncio.sleep(wait.random() / 100)
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    batch = await task
                    ids += [item.id for item in batch.items]
                    caught_up = batch.caught_up
                cancelled += task.cancelled()
            assert cancelled > 3
            assert len(ids) == len(set(ids))
            assert set(ids) == set(truth(simulator))


async def test_one_task_waits_at_a_time_and_a_second_loop_continues() -> None:
    with seeded(60, "--page-size", "20") as simulator:
        async with changes_of(simulator) as changes:
            batches = []
            for _ in range(2):
                async for batch in changes:
                    batches.append(batch)
                    break
            assert not {i.id for i in batches[0].items} & {i.id for i in batches[1].items}
            async for batch in changes:
                if batch.caught_up:
                    break
            waiting = asyncio.ensure_future(anext(changes))
            await asyncio.sleep(0)
            with pytest.raises(drivebell.StateError):
                await anext(changes)
            waiting.cancel()


@pytest.mark.parametrize("closes", ["client", "changes"])
async def test_closing_ends_the_iteration(closes: str) -> None:
    with seeded(10) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        changes = client.changes(Resource.my_drive(), since="now")
        await soon(anext(changes))
        waiting = asyncio.ensure_future(anext(changes, None))
        await asyncio.sleep(0.01)
        await soon(client.aclose() if closes == "client" else changes.aclose())
        assert await soon(waiting) is None
        assert [batch async for batch in changes] == []
        await changes.aclose()
        await eventually(lambda: simulator.connected() == 0)
        if closes == "client":
            with pytest.raises(drivebell.StateError):
                client.changes(Resource.my_drive(), since="now")


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_garbage_collection_ends_the_stream() -> None:
    with seeded(10) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        async for _ in client.changes(Resource.my_drive(), since="now"):
            break
        gc.collect()
        await eventually(lambda: simulator.connected() == 0)


async def test_an_error_is_raised_once() -> None:
    with seeded(1) as simulator:
        client = Client("another-token", base_url=simulator.base_url)
        changes = client.changes(Resource.my_drive(), since="start")
        with pytest.raises(drivebell.AuthenticationError):
            await soon(anext(changes))
        assert [batch async for batch in changes] == []
        await client.aclose()


def test_a_program_that_exits_in_the_middle_does_not_hang() -> None:
    script = """
import asyncio, sys, drivebell
async def main():
    global changes, task
    client = drivebell.Client(sys.argv[2], base_url=sys.argv[1])
    changes = client.changes(drivebell.Resource.my_drive(), since="start", page_size=10)
    await anext(changes)
    async def consume():
        async for batch in changes: pass
    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    print("done")
asyncio.run(main())
"""
    with seeded(500) as simulator:
        for _ in range(3):
            result = subprocess.run(
                [sys.executable, "-X", "dev", "-c", script, simulator.base_url, TOKEN],
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr

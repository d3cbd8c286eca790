"""Mirrors: what happened to which file, and the tree.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import random
from pathlib import Path

import drivebell
import pytest
from change_streams import IDLE, event_of, seeded
from deadline import eventually, soon
from drivebell import Change, Client, DriveItem, InvalidArgumentError, MirrorStats, StateError
from mirrored_drives import (
    MINE,
    delete,
    follow,
    holds_the_drive,
    make_folder,
    mirror_of,
    move,
    put,
    quirks,
    rename,
    take,
    touch,
    true_paths,
    up_to,
)
from replay import Replay
from session import HURRIED

from simulator import TOKEN, Simulator


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drive.db"


def told(change: Change) -> tuple[str, str, str | None]:
    return change.kind, change.path, change.old_path


async def test_a_change_tells_which_file_where_and_what_happened(file: Path) -> None:
    with Simulator() as simulator:
        plan = put(simulator, "/Reports/plan.pdf")
        async with mirror_of(simulator, file) as mirror:
            folder, created = await take(mirror, 2)
            assert (told(folder), folder.item.is_folder) == (("created", "/Reports", None), True)
            assert told(created) == ("created", "/Reports/plan.pdf", None)
            assert (created.sequence, created.trigger, created.resource) == (2, "start", MINE)
            assert (created.content_changed, created.sharing_changed) == (True, False)
            assert (created.moved_in, created.moved_out, created.inherited) == (False,) * 3
            assert (created.found_by, created.client, created.descendants) == (None, None, 0)
            assert isinstance(created.item, DriveItem)
            assert created.item is created.item
            assert (created.item.id, created.item.name, created.item.size) == (plan, "plan.pdf", 7)
            assert created.item.parent_id == folder.item.id
            assert created.item.hashes.quick_xor
            put(simulator, "/Reports/plan.pdf", b"other content")
            (modified,) = await take(mirror, 1)
            assert told(modified) == ("modified", "/Reports/plan.pdf", None)
            assert (modified.content_changed, modified.item.size) == (True, 13)
            put(simulator, "/Reports/plan.pdf", b"other content")
            (metadata,) = await take(mirror, 1)
            assert (metadata.kind, metadata.content_changed) == ("modified", False)
            rename(simulator, "/Reports/plan.pdf", "Plan 2.pdf")
            (renamed,) = await take(mirror, 1)
            assert told(renamed) == ("renamed", "/Reports/Plan 2.pdf", "/Reports/plan.pdf")
            assert (renamed.content_changed, renamed.trigger) == (False, "hint")
            move(simulator, "/Reports/Plan 2.pdf", "/", "plan.pdf")
            (moved,) = await take(mirror, 1)
            assert told(moved) == ("moved", "/plan.pdf", "/Reports/Plan 2.pdf")
            delete(simulator, "/plan.pdf")
            (deleted,) = await take(mirror, 1)
            assert told(deleted) == ("deleted", "/plan.pdf", None)
            assert (deleted.item.id, deleted.item.name) == (plan, "plan.pdf")
            assert (deleted.found_by, deleted.sequence) == (None, 7)
        assert repr(moved) == "<drivebell.Change 6 moved '/plan.pdf' from '/Reports/Plan 2.pdf'>"
        record = json.loads(moved.to_json())
        assert "\n" not in moved.to_json()
        assert (record["kind"], record["sequence"], record["path"]) == ("moved", 6, "/plan.pdf")
        assert record["item"]["id"] == plan
        with pytest.raises(AttributeError):
            moved.path = "/other"  # type: ignore[misc]


async def test_a_folder_is_one_change(file: Path) -> None:
    with Simulator() as simulator:
        for name in ("a/1.txt", "a/2.txt", "a/b/3.txt"):
            put(simulator, f"/{name}")
        async with mirror_of(simulator, file, initial="silent") as mirror:
            await soon(mirror.ready())
            rename(simulator, "/a", "z")
            (renamed,) = await take(mirror, 1)
            assert (told(renamed), renamed.descendants) == (("renamed", "/z", "/a"), 4)
            make_folder(simulator, "/other")
            move(simulator, "/z", "/other")
            made, moved = await take(mirror, 2)
            assert told(made) == ("created", "/other", None)
            assert (told(moved), moved.descendants) == (("moved", "/other/z", "/z"), 4)
            assert mirror.path(true_paths(simulator)["/other/z/b/3.txt"]) == "/other/z/b/3.txt"
            delete(simulator, "/other/z")
            (deleted,) = await take(mirror, 1)
            assert (told(deleted), deleted.descendants) == (("deleted", "/other/z", None), 4)
            put(simulator, "/last.txt")
            (last,) = await take(mirror, 1)
            assert told(last) == ("created", "/last.txt", None)
            await holds_the_drive(mirror, simulator)


async def test_a_folder_can_be_expanded(file: Path) -> None:
    with Simulator() as simulator:
        for name in ("a/1.txt", "a/b/2.txt"):
            put(simulator, f"/{name}")
        async with mirror_of(simulator, file, initial="silent", expand=True) as mirror:
            await soon(mirror.ready())
            rename(simulator, "/a", "z")
            renamed = await take(mirror, 4)
            assert (told(renamed[0]), renamed[0].inherited) == (("renamed", "/z", "/a"), False)
            inherited = {change.path: change for change in renamed[1:]}
            assert set(inherited) == {"/z/1.txt", "/z/b", "/z/b/2.txt"}
            assert all(change.inherited for change in inherited.values())
            assert inherited["/z/b/2.txt"].old_path == "/a/b/2.txt"
            order = [change.path for change in renamed]
            assert order.index("/z/b") < order.index("/z/b/2.txt")
            delete(simulator, "/z")
            deleted = await take(mirror, 4)
            order = [change.path for change in deleted]
            assert set(order) == {"/z", "/z/1.txt", "/z/b", "/z/b/2.txt"}
            assert order.index("/z/b/2.txt") < order.index("/z/b")
            assert (order[-1], deleted[-1].inherited) == ("/z", False)
            assert {change.kind for change in deleted} == {"deleted"}


async def test_a_change_is_done_when_the_next_is_asked_for(file: Path) -> None:
    with Simulator() as simulator:
        for number in range(3):
            put(simulator, f"/{number}.txt")
        async with mirror_of(simulator, file) as mirror:
            async for change in mirror:
                first = change
                break
            assert first.sequence == 1
        for _ in range(2):
            async with mirror_of(simulator, file) as mirror:
                again = (await take(mirror, 1))[0]
                assert again == first
                assert hash(again) == hash(first)
                assert again is not first
        async with mirror_of(simulator, file) as mirror:
            _, second, third = await take(mirror, 3)
            assert (second.sequence, third.sequence) == (2, 3)
            assert second != third
            assert (mirror.stats().sequence, mirror.stats().outbox > 0) == (3, True)
        async with mirror_of(simulator, file) as mirror:
            put(simulator, "/new.txt")
            changes = await up_to(mirror, "/new.txt")
            assert changes[0] == third
            assert [change.sequence for change in changes] == [3, 4]
            waiting = asyncio.ensure_future(anext(mirror, None))
            await eventually(lambda: mirror.stats().acknowledged == 4)
            assert mirror.stats().outbox == 0
            await mirror.aclose()
            assert await soon(waiting) is None


async def test_after_a_restart_only_what_changed_comes(file: Path) -> None:
    with seeded(100) as simulator:
        replay = Replay()
        async with mirror_of(simulator, file) as mirror:
            await follow(mirror, simulator, replay)
            assert len(replay.records) == 100
            put(simulator, "/before.txt")
            await up_to(mirror, "/before.txt")
        gone = next(path for path in replay.paths if path.endswith(".txt"))
        delete(simulator, gone)
        put(simulator, "/after.txt")
        async with mirror_of(simulator, file) as mirror:
            changes = await take(mirror, 3)
            assert sorted(told(change)[:2] for change in changes) == [
                ("created", "/after.txt"),
                ("created", "/before.txt"),
                ("deleted", gone),
            ]
            await holds_the_drive(mirror, simulator)


async def test_batches_are_done_when_the_next_is_asked_for(file: Path) -> None:
    with seeded(100, "--page-size", "30") as simulator:
        async with mirror_of(simulator, file) as mirror:
            first = await soon(anext(mirror.batches()))
            assert isinstance(first, list)
            assert 1 < len(first) <= 1000
            assert [change.sequence for change in first] == list(range(1, len(first) + 1))
        async with mirror_of(simulator, file) as mirror:
            await soon(mirror.ready())
            paths: list[str] = []
            async with asyncio.timeout(20):
                async for batch in mirror.batches():
                    paths += [change.path for change in batch]
                    if len(paths) >= 100:
                        break
            assert paths[0] == first[0].path
            assert len(paths) == 100
            assert set(paths) == set(true_paths(simulator))
            # A batch and a single change come from the same stream.
            put(simulator, "/one.txt")
            (one,) = await take(mirror, 1)
            assert (one.path, one.sequence) == ("/one.txt", 101)


async def test_the_tree_is_ready_before_anybody_reads_the_changes(file: Path) -> None:
    with seeded(300, "--page-size", "40") as simulator:
        put(simulator, "/Reports/2026/plan.pdf")
        put(simulator, "/Reports/b.txt")
        put(simulator, "/Reports/a.txt")
        async with mirror_of(simulator, file) as mirror:
            await soon(mirror.ready())
            await soon(mirror.ready())
            truth = true_paths(simulator)
            assert {path: item.id for path, item in mirror.walk()} == truth
            plan = truth["/Reports/2026/plan.pdf"]
            by_path, by_id = mirror.get("/Reports/2026/plan.pdf"), mirror.get(id=plan)
            assert by_path is not None
            assert by_id is not None
            assert (by_path.id, by_id.id, by_id.name) == (plan, plan, "plan.pdf")
            assert mirror.path(plan) == "/Reports/2026/plan.pdf"
            root = mirror.get("/")
            assert root is not None
            assert root.is_root
            assert mirror.path(root.id) == "/"
            assert [item.name for item in mirror.children("/Reports")] == [
                "2026",
                "a.txt",
                "b.txt",
            ]
            assert len(mirror.children("/")) == len(
                [path for path in truth if path.count("/") == 1]
            )
            assert [path for path, _ in mirror.walk("/Reports")] == [
                "/Reports/2026",
                "/Reports/2026/plan.pdf",
                "/Reports/a.txt",
                "/Reports/b.txt",
            ]
            for nothing in (mirror.get("/no/where"), mirror.get(id="x"), mirror.path("x")):
                assert nothing is None
            assert mirror.children("/no/where") == mirror.children("/Reports/a.txt") == []
            assert list(mirror.walk("/no/where")) == []
            stats = mirror.stats()
            assert isinstance(stats, MirrorStats)
            assert (stats.ready, stats.outbox, stats.waiting) == (True, len(truth), 0)
            assert (stats.sequence, stats.acknowledged) == (len(truth), 0)
            assert stats.file_size > 10_000
            assert stats.changes.items > len(truth)
            assert (mirror.resource, mirror.state) == (MINE, "live")
            assert repr(mirror) == "<drivebell.Mirror /me/drive/root live>"
        # The file can still be read.
        assert mirror.path(plan) == "/Reports/2026/plan.pdf"
        assert mirror.state == "closed"


async def test_a_walk_is_lazy(file: Path) -> None:
    with seeded(2000) as simulator:
        async with mirror_of(simulator, file, initial="silent") as mirror:
            await soon(mirror.ready())
            walk = mirror.walk("/")
            first, _ = next(walk)
            assert first in true_paths(simulator)
            rest = sum(1 for _ in walk)
            assert 1 + rest == mirror.stats().rows - 1 == 2000


async def test_a_silent_beginning_says_nothing_of_what_is_there(file: Path) -> None:
    with seeded(50) as simulator:
        async with mirror_of(simulator, file, initial="silent") as mirror:
            await soon(mirror.ready())
            put(simulator, "/new.txt")
            (change,) = await take(mirror, 1)
            assert (told(change), change.sequence) == (("created", "/new.txt", None), 1)
            await holds_the_drive(mirror, simulator)


async def test_names_may_have_any_unicode_and_case_does_not_matter(file: Path) -> None:
    names = [
        "Übersicht.txt",
        "日本語 📁",
        "ß",
        "%20 #1 & 'q'.txt",
        "e\u0301.txt",
        "İ.txt",
        "\u200d",
    ]
    with Simulator() as simulator:
        for name in names:
            put(simulator, f"/Ordner/{name}")
        async with mirror_of(simulator, file) as mirror:
            replay = Replay()
            await follow(mirror, simulator, replay)
            for name in names:
                assert replay.paths[f"/Ordner/{name}"]
                item = mirror.get(f"/Ordner/{name}")
                assert item is not None
                assert item.name == name
            upper = mirror.get("/ORDNER/ÜBERSICHT.TXT")
            assert upper is not None
            assert mirror.path(upper.id) == "/Ordner/Übersicht.txt"
            rename(simulator, "/Ordner", "ORDNER")
            (renamed,) = await take(mirror, 1)
            assert told(renamed) == ("renamed", "/ORDNER", "/Ordner")
            assert renamed.descendants == len(names)
            assert mirror.path(upper.id) == "/ORDNER/Übersicht.txt"


async def test_what_comes_without_a_difference_is_no_change(file: Path) -> None:
    with Simulator() as simulator:
        put(simulator, "/a/b.txt")
        async with mirror_of(simulator, file) as mirror:
            await up_to(mirror, "/a/b.txt")
            before = mirror.stats().suppressed
            touch(simulator, "/a/b.txt")
            put(simulator, "/a/c.txt")
            (change,) = await take(mirror, 1)
            assert told(change) == ("created", "/a/c.txt", None)
            # The unchanged file, the folder and the root.
            assert mirror.stats().suppressed >= before + 2


async def test_an_item_that_graph_lost_is_found_by_a_resync_or_an_audit(file: Path) -> None:
    with seeded(20) as simulator:
        put(simulator, "/a.txt")
        put(simulator, "/b.txt")
        async with mirror_of(simulator, file, initial="silent") as mirror:
            await soon(mirror.ready())
            quirks(simulator, loseTombstones=1)
            delete(simulator, "/a.txt")
            simulator.coming_fault({"answer": {"status": 410}}, on="delta", times=1)
            put(simulator, "/after.txt")
            changes = await take(mirror, 2)
            (found,) = [change for change in changes if change.kind == "deleted"]
            assert (found.path, found.found_by) == ("/a.txt", "resync")
            assert mirror.stats().drift >= 1
        async with mirror_of(simulator, file, audit_interval=0.5) as mirror:
            quirks(simulator, loseTombstones=1)
            delete(simulator, "/b.txt")
            changes = await up_to(mirror, "/b.txt")
            assert (changes[-1].kind, changes[-1].found_by) == ("deleted", "audit")
            assert changes[-1].trigger == "audit"


async def test_what_had_left_a_folder_before_its_deletion_is_kept(file: Path) -> None:
    with Simulator() as simulator:
        put(simulator, "/A/B/unchanged.txt")
        options = {"initial": "silent", **IDLE, "push": "off", "page_size": 1}
        async with mirror_of(simulator, file, **options) as mirror:
            await soon(mirror.ready())
            move(simulator, "/A/B", "/")
            delete(simulator, "/A")
            put(simulator, "/B/new.txt")  # so that B comes after the deletion
            before = len(simulator.requests())
            simulator.set_fault("hold=toClient,on=delta,skip=1")
            mirror.hint()
            await eventually(lambda: len(simulator.requests()) >= before + 2)
            # B changes during the round, and so comes only in the next one.
            put(simulator, "/B/newer.txt")
            simulator.release_faults()
            assert told((await take(mirror, 1))[0]) == ("deleted", "/A", None)
            mirror.hint()
            await holds_the_drive(mirror, simulator)
            changes = await take(mirror, mirror.stats().sequence - 1)
            assert sorted(told(change)[:2] for change in changes) == [
                ("created", "/B"),
                ("created", "/B/new.txt"),
                ("created", "/B/newer.txt"),
                ("created", "/B/unchanged.txt"),
            ]


async def test_raw_items_can_be_kept(file: Path) -> None:
    with Simulator() as simulator:
        put(simulator, "/a.txt")
        async with mirror_of(simulator, file, keep_raw=True) as mirror:
            (change,) = await take(mirror, 1)
            sent = simulator.http("GET", "/v1.0/me/drive/root:/a.txt:")
            assert change.item.raw["id"] == sent["id"]
            assert set(change.item.raw) >= {"name", "size", "parentReference", "file", "eTag"}
            item = mirror.get("/a.txt")
            assert item is not None
            assert item.raw == change.item.raw


async def test_the_needed_fields_are_requested_whatever_is_selected(file: Path) -> None:
    with Simulator() as simulator:
        put(simulator, "/a/b.txt")
        async with mirror_of(simulator, file, select=["webUrl"]) as mirror:
            changes = await take(mirror, 2)
            assert [change.path for change in changes] == ["/a", "/a/b.txt"]
            assert changes[1].item.size == 7


async def test_a_cancelled_wait_loses_no_change(file: Path) -> None:
    with seeded(200, "--page-size", "10", "--fault", "delay=3,on=delta") as simulator:
        async with mirror_of(simulator, file) as mirror:
            sequences: list[int] = []
            cancelled = 0
            wait = random.Random(1)
            while len(sequences) < 200:
                task = asyncio.ensure_future(anext(mirror))
                await asyncio.sleep(wait.choice([0, wait.random() / 100]))
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    sequences.append((await task).sequence)
                cancelled += task.cancelled()
            assert cancelled > 3
            assert sequences == list(range(1, 201))


async def test_one_task_waits_at_a_time_and_a_second_loop_continues(file: Path) -> None:
    with seeded(10) as simulator:
        async with mirror_of(simulator, file) as mirror:
            sequences = []
            for _ in range(2):
                async for change in mirror:
                    sequences.append(change.sequence)
                    break
            assert sequences == [1, 2]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    async for change in mirror:
                        sequences.append(change.sequence)
            assert sequences == list(range(1, 11))
            for waits, other in [
                (mirror, mirror),
                (mirror, mirror.batches()),
                (mirror.batches(), mirror),
            ]:
                waiting = asyncio.ensure_future(anext(waits))
                await asyncio.sleep(0)
                with pytest.raises(StateError):
                    await anext(other)
                waiting.cancel()
                await asyncio.wait([waiting])
            put(simulator, "/new.txt")
            assert (await take(mirror, 1))[0].path == "/new.txt"


async def test_a_hint_and_events_work_as_those_of_changes(file: Path) -> None:
    with seeded(5) as simulator:
        async with mirror_of(simulator, file, initial="silent", **IDLE) as mirror:
            events = mirror.events()
            await event_of(events, "connected")
            waiting = asyncio.ensure_future(anext(events, None))
            await asyncio.sleep(0)
            with pytest.raises(StateError, match="another task"):
                await anext(mirror.events())
        assert await waiting is None
        assert [event async for event in events] == []
        async with mirror_of(simulator, file, **IDLE | {"push": "off"}) as mirror:
            await eventually(lambda: mirror.state == "polling")
            put(simulator, "/new.txt")
            await asyncio.to_thread(mirror.hint)
            (change,) = await take(mirror, 1)
            assert (change.path, change.trigger) == ("/new.txt", "hint")
            assert mirror.stats().changes.hints == 1
        with pytest.raises(StateError):
            mirror.hint()


@pytest.mark.parametrize("closes", ["client", "mirror"])
async def test_closing_ends_the_iteration(file: Path, closes: str) -> None:
    with seeded(3) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        mirror = client.mirror(MINE, file)
        await take(mirror, 3)
        waiting = asyncio.ensure_future(anext(mirror, None))
        batches = mirror.batches()
        never_ready = client.mirror(drivebell.Resource.drive("b!none"), f"{file}-2")
        not_ready = asyncio.ensure_future(never_ready.ready())
        await asyncio.sleep(0.01)
        if closes == "client":
            await soon(client.aclose())
        await soon(mirror.aclose())
        await soon(never_ready.aclose())
        assert await soon(waiting) is None
        assert [change async for change in mirror] == []
        assert [batch async for batch in batches] == []
        with pytest.raises(drivebell.Error):
            await soon(not_ready)
        await mirror.aclose()
        await eventually(lambda: simulator.connected() == 0)
        if closes == "client":
            with pytest.raises(StateError):
                client.mirror(MINE, file)
        else:
            # The file is free again.
            again = client.mirror(MINE, os.fspath(file))
            await soon(again.ready())
            await again.aclose()
        await client.aclose()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_garbage_collection_closes_the_mirror(file: Path) -> None:
    with seeded(10) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        async for _ in client.mirror(MINE, file):
            break
        gc.collect()
        await eventually(lambda: simulator.connected() == 0)

        def is_free() -> bool:
            try:
                mirror = client.mirror(MINE, file)
            except InvalidArgumentError:
                return False
            return mirror.stats().rows > 0

        await eventually(is_free)
        gc.collect()
        await client.aclose()


async def test_an_error_is_raised_once(file: Path) -> None:
    with seeded(1) as simulator:
        async with Client("another-token", base_url=simulator.base_url, **HURRIED) as client:
            mirror = client.mirror(MINE, file)
            with pytest.raises(drivebell.AuthenticationError):
                await soon(mirror.ready())
            with pytest.raises(drivebell.AuthenticationError):
                await soon(anext(mirror))
            assert [change async for change in mirror] == []
            assert mirror.state == "closed"
            await mirror.aclose()


def test_a_mirror_needs_a_running_loop(file: Path) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    with pytest.raises(StateError, match="event loop"):
        client.mirror(MINE, file)
    with pytest.raises(StateError, match="event loop"):
        client.mirror_all([MINE], file)
    assert not file.exists()

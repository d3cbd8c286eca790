"""Many drives in one file and one stream, of one user and of several.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import drivebell
import pytest
from change_streams import QUICK, event_of, seeded
from deadline import eventually, soon
from drivebell import (
    Change,
    Client,
    DriveItem,
    InvalidArgumentError,
    MemberEnd,
    MirrorSet,
    Resource,
    StateError,
    Tree,
)
from mirrored_drives import MINE, put, true_paths
from replay import Replay, record_of
from session import HURRIED

from simulator import MY_DRIVE, TOKEN, Simulator

TEAM = Resource.drive("b!team")
GONE = Resource.drive("b!gone")
ALEX, KIM = ("token-of-alex", "b!alex"), ("token-of-kim", "b!kim")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drives.db"


@asynccontextmanager
async def mirrors_of(
    simulator: Simulator, file: Path, resources: list[Resource], **options: Any
) -> AsyncIterator[MirrorSet]:
    async with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.mirror_all(resources, file, **QUICK | options) as mirrors,
    ):
        yield mirrors


async def next_change(mirrors: MirrorSet) -> Change:
    change = await soon(anext(mirrors))
    assert isinstance(change, Change), change
    return change


async def follow(
    mirrors: MirrorSet, simulator: Simulator, replays: dict[Resource[DriveItem], Replay]
) -> None:
    """Replays changes until they give the paths of both drives."""
    drives = {MINE: MY_DRIVE, TEAM: "b!team"}
    while any(true_paths(simulator, drives[it]) != replays[it].paths for it in replays):
        change = await next_change(mirrors)
        replays[change.resource].apply(record_of(change))


async def test_two_drives_share_a_file_and_a_stream(file: Path) -> None:
    with seeded(30, "--seed", "b!team=20") as simulator:
        replays = {MINE: Replay(), TEAM: Replay()}
        async with mirrors_of(simulator, file, [MINE, TEAM]) as mirrors:
            await follow(mirrors, simulator, replays)
            assert [len(replay.records) for replay in replays.values()] == [30, 20]
            await soon(mirrors.ready())
            await soon(mirrors.ready(TEAM))
            put(simulator, "/new.txt", drive="b!team")
            change = await next_change(mirrors)
            assert (change.resource, change.path, change.sequence) == (TEAM, "/new.txt", 21)
            (owner,) = {client for client, _ in mirrors.members()}
            assert change.client is owner
            assert (len(mirrors), bool(mirrors)) == (2, True)
            assert repr(mirrors) == "<drivebell.MirrorSet members=2>"
            tree = mirrors.tree(TEAM)
            assert isinstance(tree, Tree)
            assert {path: item.id for path, item in tree.walk()} == true_paths(simulator, "b!team")
            item = tree.get("/new.txt")
            assert item is not None
            assert tree.path(item.id) == "/new.txt"
            assert "new.txt" in [child.name for child in tree.children("/")]
            assert (tree.resource, tree.stats().rows) == (TEAM, 22)
            assert repr(tree) == "<drivebell.Tree /drives/b!team/root>"
            stats = mirrors.stats(TEAM)
            assert (stats.rows, stats.sequence, stats.outbox, stats.ready) == (22, 21, 1, True)
            assert stats.changes.items >= 22
            assert mirrors.state(TEAM) == "live"
        # What was not done comes again; the other drive has nothing to say.
        async with mirrors_of(simulator, file, [MINE, TEAM]) as mirrors:
            again = await next_change(mirrors)
            assert again == change
            put(simulator, "/mine.txt")
            change = await next_change(mirrors)
            assert (change.resource, change.path, change.sequence) == (MINE, "/mine.txt", 31)


async def test_batches_are_of_one_member(file: Path) -> None:
    with seeded(30, "--seed", "b!team=20") as simulator:
        async with mirrors_of(simulator, file, [MINE, TEAM, GONE]) as mirrors:
            counts = dict.fromkeys((MINE, TEAM), 0)
            ended: list[Resource] = []
            batches = mirrors.batches()
            while counts != {MINE: 30, TEAM: 20} or not ended:
                batch = await soon(anext(batches))
                if isinstance(batch, MemberEnd):
                    ended.append(batch.resource)
                    continue
                (resource,) = {change.resource for change in batch}
                counts[resource] += len(batch)
            assert ended == [GONE]


async def test_a_refused_member_ends_alone_and_may_start_again(file: Path) -> None:
    with seeded(5) as simulator:
        async with mirrors_of(simulator, file, [GONE, MINE], initial="silent") as mirrors:
            events = mirrors.events()
            end = await soon(anext(mirrors))
            assert isinstance(end, MemberEnd)
            assert end.resource == GONE
            assert isinstance(end.error, drivebell.NotFoundError)
            ended = await event_of(events, "ended")
            assert (ended.resource, ended.client) == (GONE, end.client)
            assert mirrors.state(GONE) == "closed"
            with pytest.raises(drivebell.NotFoundError):
                await soon(mirrors.ready(GONE))
            with pytest.raises(drivebell.NotFoundError):
                await soon(mirrors.ready())
            await soon(mirrors.ready(MINE))
            with pytest.raises(StateError):
                mirrors.hint(GONE)
            mirrors.add(GONE)
            end = await soon(anext(mirrors))
            assert isinstance(end, MemberEnd)
            assert mirrors.remove(GONE)
            put(simulator, "/new.txt")
            assert (await next_change(mirrors)).path == "/new.txt"


async def test_members_come_and_go_while_it_runs(file: Path) -> None:
    with seeded(3) as simulator:
        put(simulator, "/team.txt", drive="b!team")
        async with mirrors_of(simulator, file, []) as mirrors:
            assert (len(mirrors), mirrors.members()) == (0, [])
            await soon(mirrors.ready())
            waiting = asyncio.ensure_future(next_change(mirrors))
            await asyncio.sleep(0)
            mirrors.add(TEAM)
            assert (await soon(waiting)).path == "/team.txt"
            mirrors.add(TEAM)
            assert len(mirrors) == 1
            mirrors.add(MINE)
            assert {(await next_change(mirrors)).resource for _ in range(3)} == {MINE}
            await asyncio.to_thread(mirrors.hint, TEAM)
            # What waits of a removed member is dropped. Its tree stays.
            put(simulator, "/unseen.txt", drive="b!team")
            await eventually(lambda: mirrors.stats(TEAM).sequence == 2)
            tree = mirrors.tree(TEAM)
            assert mirrors.remove(TEAM)
            assert not mirrors.remove(TEAM)
            assert mirrors.state(TEAM) is None
            assert tree.get("/unseen.txt") is not None
            for call in (mirrors.stats, mirrors.tree, mirrors.hint):
                with pytest.raises(StateError, match="not a member"):
                    call(TEAM)
            with pytest.raises(StateError, match="not a member"):
                await soon(mirrors.ready(TEAM))
            put(simulator, "/mine.txt")
            assert (await next_change(mirrors)).path == "/mine.txt"
            # It goes on where it was, with what was dropped.
            mirrors.add(TEAM)
            change = await next_change(mirrors)
            assert (change.path, change.sequence) == ("/unseen.txt", 2)
        await eventually(lambda: simulator.connected() == 0)


async def test_each_user_has_a_client(file: Path) -> None:
    users = ("--user", "=".join(ALEX), "--user", "=".join(KIM))
    with Simulator(options=users) as simulator:
        alex = Client(ALEX[0], base_url=simulator.base_url, **HURRIED)
        kim = alex.with_credential(lambda: KIM[0])
        of_alex, of_kim = Resource.drive(ALEX[1]), Resource.drive(KIM[1])
        async with alex, kim, alex.mirror_all([of_alex], file, **QUICK) as mirrors:
            mirrors.add(of_kim, client=kim)
            for user, resource, drive in ((kim, of_kim, KIM[1]), (alex, of_alex, ALEX[1])):
                put(simulator, "/new.txt", drive=drive)
                change = await next_change(mirrors)
                assert (change.client, change.resource) == (user, resource)
            with pytest.raises(InvalidArgumentError) as raised:
                mirrors.add(of_kim)
            assert raised.value.argument == "resource"
            put(simulator, "/newer.txt", drive=KIM[1])
            assert (await next_change(mirrors)).client is kim
            # A client that closes takes its members along.
            await soon(kim.aclose())
            assert mirrors.members() == [(alex, of_alex)]
            assert mirrors.state(of_kim) is None
            with pytest.raises(StateError):
                mirrors.add(of_kim, client=kim)


async def test_arguments_are_checked_by_name(file: Path) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    pathless = Resource.path("/x/subscriptions/socketIo")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("resource", {"resources": ["/me/drive"]}),
        ("resource", {"resources": [pathless]}),
        ("resource", {"resources": [Resource.drive_list("b!me")]}),
        ("max_concurrent_queries", {"resources": [], "max_concurrent_queries": 0}),
        ("include", {"resources": [], "include": ["{"]}),
    ]
    for name, arguments in cases:
        with pytest.raises(InvalidArgumentError) as raised:
            client.mirror_all(file=file, **arguments)
        assert raised.value.argument == name, arguments
    assert not file.exists()  # noqa: ASYNC240
    mirrors = client.mirror_all([], file)
    for argument, resource, user in (
        ("client", MINE, "kim"),
        ("resource", "me", client),
        ("resource", Resource.drive_list("b!me"), client),
    ):
        with pytest.raises(InvalidArgumentError) as raised:
            mirrors.add(resource, client=user)  # type: ignore[arg-type]
        assert raised.value.argument == argument
    text: Any = "/me/drive"
    for call in (mirrors.remove, mirrors.tree, mirrors.state, mirrors.stats, mirrors.hint):
        with pytest.raises(InvalidArgumentError):
            call(text)
    with pytest.raises(InvalidArgumentError):
        await mirrors.ready(text)
    assert len(mirrors) == 0
    await client.aclose()


@pytest.mark.parametrize("closes", ["client", "mirrors"])
async def test_closing_ends_the_iteration_and_the_events(file: Path, closes: str) -> None:
    with seeded(1) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url, **HURRIED)
        mirrors = client.mirror_all([MINE], file, **QUICK)
        await next_change(mirrors)
        events = mirrors.events()
        await event_of(events, "connected")
        waiting = [asyncio.ensure_future(anext(it, None)) for it in (mirrors, events)]
        await asyncio.sleep(0)
        with pytest.raises(StateError):
            await anext(mirrors)
        if closes == "client":
            await soon(client.aclose())
        await soon(mirrors.aclose())
        assert [await soon(it) for it in waiting] == [None, None]
        assert [change async for change in mirrors] == []
        await soon(mirrors.aclose())
        await eventually(lambda: simulator.connected() == 0)
        with pytest.raises(StateError):
            mirrors.add(TEAM)
        await client.aclose()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_garbage_collection_closes_the_mirrors(file: Path) -> None:
    with seeded(5) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        mirrors = client.mirror_all([MINE], file)
        await next_change(mirrors)
        gone = weakref.ref(mirrors)
        del mirrors
        gc.collect()
        assert gone() is None
        await eventually(lambda: simulator.connected() == 0)
        await client.aclose()

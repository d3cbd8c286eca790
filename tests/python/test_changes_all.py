"""Changes of many resources in one stream, of one user and of several.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import drivebell
import pytest
from change_streams import IDLE, event_of, seeded
from deadline import eventually, soon
from drivebell import (
    ChangesSet,
    ChangesSetStats,
    Client,
    InvalidArgumentError,
    MemberBatch,
    MemberEnd,
    Resource,
    StateError,
)
from session import HURRIED

from simulator import TOKEN, Simulator

ALEX = ("token-of-alex", "b!alex")
KIM = ("token-of-kim", "b!kim")
USERS = ("--user", "=".join(ALEX), "--user", "=".join(KIM))
MINE = Resource.my_drive()
TEAM = Resource.drive("b!team")
GONE = Resource.drive("b!gone")


@asynccontextmanager
async def changes_of(
    simulator: Simulator, resources: Any, since: str | None = "now", **options: Any
) -> AsyncIterator[ChangesSet]:
    async with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.changes_all(resources, since=since, **IDLE | options) as changes,
    ):
        yield changes


async def next_batch(changes: ChangesSet) -> MemberBatch:
    batch = await soon(anext(changes))
    assert isinstance(batch, MemberBatch), batch
    return batch


async def batches_until_caught_up(changes: ChangesSet, members: int) -> list[MemberBatch]:
    """Takes batches until each member has caught up."""
    batches: list[MemberBatch] = []
    while sum(batch.caught_up for batch in batches) < members:
        batches.append(await next_batch(changes))
    return batches


async def test_each_batch_names_the_resource_and_the_client_of_its_user() -> None:
    with Simulator(options=USERS) as simulator:
        alex = Client(ALEX[0], base_url=simulator.base_url, **HURRIED)
        kim = alex.with_credential(lambda: KIM[0])
        async with alex, kim, alex.changes_all([MINE], since="start", **IDLE) as changes:
            changes.add(MINE, since="start", client=kim)
            first = await batches_until_caught_up(changes, 2)
            assert {batch.client for batch in first} == {alex, kim}
            assert {batch.resource for batch in first} == {MINE}
            assert sorted(changes.members(), key=lambda it: it[0] is kim) == [
                (alex, MINE),
                (kim, MINE),
            ]
            await eventually(lambda: changes.stats().live == 2)
            for user, drive in ((kim, KIM[1]), (alex, ALEX[1])):
                simulator.http("POST", "/_simulator/notify?count=1&drive=" + drive)
                simulator.upload("new.txt", drive=drive)
                batch = await next_batch(changes)
                assert (batch.client, batch.resource, batch.error) == (user, MINE, None)
                assert "new.txt" in [item.name for item in batch.items]
            assert isinstance(batch, drivebell.ChangeBatch)
            assert repr(batch).startswith("<drivebell.MemberBatch /me/drive/root items=")
            assert repr(changes) == "<drivebell.ChangesSet members=2 live=2>"
            # A checkpoint belongs to its member.
            assert changes.remove(MINE, client=kim)
            changes.add(MINE, since=batch.checkpoint, client=kim)


async def test_members_come_and_go_while_it_runs() -> None:
    with seeded(20) as simulator:
        async with changes_of(simulator, []) as changes:
            assert (len(changes), bool(changes)) == (0, True)
            waiting = asyncio.ensure_future(next_batch(changes))
            await asyncio.sleep(0)
            changes.add(MINE, since="start")
            assert (await soon(waiting)).resource == MINE
            changes.add(MINE, since="start")
            assert len(changes) == 1
            changes.add(TEAM, since="now")
            assert (await next_batch(changes)).resource == TEAM
            await eventually(lambda: changes.stats().live == 2)
            assert (changes.state(MINE), changes.state(TEAM)) == ("live", "live")
            stats = changes.stats(MINE)
            assert stats is not None
            assert (stats.batches, stats.items) == (1, 21)
            total = changes.stats()
            assert isinstance(total, ChangesSetStats)
            assert (total.members, total.live, total.polling, total.ended) == (2, 2, 0, 0)
            assert (total.batches, total.items) == (2, 21)
            assert total.last_items_at == stats.last_items_at
            # Batches of a removed member are dropped, also those that wait.
            simulator.upload("unseen.txt")
            await eventually(lambda: (changes.stats(MINE) or total).batches == 2)
            assert changes.remove(MINE)
            assert not changes.remove(MINE)
            assert (changes.state(MINE), changes.stats(MINE)) == (None, None)
            with pytest.raises(StateError, match="not a member"):
                changes.hint(MINE)
            simulator.upload("seen.txt", drive="b!team")
            batch = await next_batch(changes)
            assert batch.resource == TEAM
        await eventually(lambda: simulator.connected() == 0)


async def test_a_refused_member_ends_alone_and_may_start_again() -> None:
    with seeded(5) as simulator:
        async with changes_of(simulator, {GONE: "start", MINE: "now"}, since=None) as changes:
            events = changes.events()
            first = [await soon(anext(changes)) for _ in range(2)]
            (end,) = [batch for batch in first if batch.error is not None]
            assert isinstance(end, MemberEnd)
            assert (end.resource, end.items, end.caught_up) == (GONE, (), False)
            assert (end.checkpoint, end.trigger, end.snapshot, end.resync_code) == (None,) * 4
            assert isinstance(end.error, drivebell.NotFoundError)
            assert repr(end).startswith("<drivebell.MemberEnd /drives/b!gone/root error=NotFound")
            ended = await event_of(events, "ended")
            assert (ended.resource, ended.client) == (GONE, end.client)
            assert str(ended.error) == str(end.error)
            assert (changes.state(GONE), changes.stats().ended) == ("closed", 1)
            with pytest.raises(StateError):
                changes.hint(GONE)
            changes.add(GONE, since="now")
            assert (await soon(anext(changes))).error is not None
            assert changes.remove(GONE)
            simulator.upload("new.txt")
            assert (await next_batch(changes)).resource == MINE


async def test_a_slow_consumer_holds_few_pages() -> None:
    resources = [MINE, Resource.drive_list("b!me"), TEAM]
    with seeded(100, "--page-size", "10") as simulator:
        async with changes_of(
            simulator, resources, since="start", max_concurrent_queries=1
        ) as changes:
            first = await next_batch(changes)
            pages = [call for call in simulator.requests() if "delta" in call["path"]]
            assert len(pages) <= 3
            batches = [first, *await batches_until_caught_up(changes, 3 - first.caught_up)]
            ids = [item.id for batch in batches for item in batch.items if batch.resource == MINE]
            assert len(ids) == len(set(ids)) > 80
            assert changes.stats().queries == 3


async def test_a_hint_wakes_one_member() -> None:
    with seeded(5) as simulator:
        async with changes_of(simulator, [MINE, TEAM], push="off") as changes:
            await batches_until_caught_up(changes, 2)
            assert changes.stats().polling == 2
            simulator.upload("new.txt", drive="b!team")
            await asyncio.to_thread(changes.hint, TEAM)
            batch = await next_batch(changes)
            assert (batch.resource, batch.trigger) == (TEAM, "hint")
            assert changes.stats().hints == 1


async def test_a_member_cannot_be_followed_from_two_beginnings() -> None:
    with seeded(5) as simulator:
        async with changes_of(simulator, [MINE, MINE]) as changes:
            assert len(changes) == 1
            with pytest.raises(InvalidArgumentError) as raised:
                changes.add(MINE, since="start")
            assert raised.value.argument == "since"


async def test_arguments_are_checked_by_name() -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    pathless = Resource.path("/x/subscriptions/socketIo")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("since", {"resources": [MINE]}),
        ("since", {"resources": [MINE], "since": "yesterday"}),
        ("since", {"resources": {MINE: "yesterday"}}),
        ("since", {"resources": {MINE: "now"}, "since": "now"}),
        ("resource", {"resources": ["/me/drive"], "since": "now"}),
        ("resource", {"resources": [pathless], "since": "now"}),
        ("max_concurrent_queries", {"max_concurrent_queries": 0}),
        ("push", {"push": "on"}),
        ("audit_interval", {"audit_interval": 0}),
    ]
    for name, arguments in cases:
        with pytest.raises(InvalidArgumentError) as raised:
            client.changes_all(**arguments)
        assert raised.value.argument == name, arguments
    changes = client.changes_all()
    for argument, resource, user in (("client", MINE, "kim"), ("resource", "me", client)):
        with pytest.raises(InvalidArgumentError) as raised:
            changes.add(resource, since="now", client=user)  # type: ignore[arg-type]
        assert raised.value.argument == argument
    await client.aclose()


@pytest.mark.parametrize("closes", ["client", "changes"])
async def test_closing_ends_the_iteration_and_the_events(closes: str) -> None:
    with seeded(5) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url, **HURRIED)
        changes = client.changes_all([MINE, TEAM], since="now", **IDLE)
        await batches_until_caught_up(changes, 2)
        events = changes.events()
        await event_of(events, "connected")
        await event_of(events, "connected")
        waiting = [asyncio.ensure_future(anext(it, None)) for it in (changes, events)]
        await asyncio.sleep(0)
        with pytest.raises(StateError):
            await anext(changes)
        await soon(client.aclose() if closes == "client" else changes.aclose())
        assert [await soon(it) for it in waiting] == [None, None]
        assert [batch async for batch in changes] == []
        await soon(changes.aclose())
        await eventually(lambda: simulator.connected() == 0)
        with pytest.raises(StateError):
            changes.add(MINE, since="now")
        assert (len(changes), changes.members()) == (0, [])
        await client.aclose()


async def test_closing_a_client_removes_its_members_from_the_set_of_another() -> None:
    with Simulator(options=USERS) as simulator:
        alex = Client(ALEX[0], base_url=simulator.base_url, **HURRIED)
        kim = alex.with_credential(lambda: KIM[0])
        async with alex, alex.changes_all([MINE], since="now", **IDLE) as changes:
            changes.add(MINE, since="now", client=kim)
            await batches_until_caught_up(changes, 2)
            await soon(kim.aclose())
            assert changes.members() == [(alex, MINE)]
            with pytest.raises(StateError):
                changes.add(MINE, since="now", client=kim)
            simulator.upload("new.txt", drive=ALEX[1])
            assert (await next_batch(changes)).client is alex


async def test_a_cancelled_wait_loses_no_batch() -> None:
    with seeded(200, "--page-size", "10", "--fault", "delay=3,on=delta") as simulator:
        async with changes_of(simulator, [MINE], since="start") as changes:
            ids: list[str] = []
            caught_up = False
            while not caught_up:
                task = asyncio.ensure_future(anext(changes))
                await asyncio.sleep(0.002)
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():
                    ids += [item.id for item in task.result().items]
                    caught_up = task.result().caught_up
            assert len(ids) == len(set(ids)) == 201


async def test_garbage_collection_ends_the_stream() -> None:
    with seeded(5) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        changes = client.changes_all([MINE], since="now", **IDLE)
        await next_batch(changes)
        gone = weakref.ref(changes)
        with pytest.warns(ResourceWarning):
            del changes
        gc.collect()
        assert gone() is None
        await eventually(lambda: simulator.connected() == 0)
        await client.aclose()


def test_a_stream_needs_a_running_loop() -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    with pytest.raises(StateError, match="event loop"):
        client.changes_all([MINE], since="now")

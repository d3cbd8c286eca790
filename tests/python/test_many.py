"""Many subscriptions in one stream, of one user and of several."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import Client, Lifecycle, Notification, Resource, SubscriptionSet
from session import HURRIED

from simulator import TOKEN, Simulator

ALEX = ("token-of-alex", "b!alex")
KIM = ("token-of-kim", "b!kim")
USERS = ("--user", "=".join(ALEX), "--user", "=".join(KIM))
MINE = Resource.my_drive()
TEAM = Resource.drive("b!team")
GONE = Resource.drive("b!gone")

Event = Notification | Lifecycle


@asynccontextmanager
async def subscribed(
    service: Simulator, *resources: Resource, **options: Any
) -> AsyncIterator[tuple[Client, SubscriptionSet]]:
    """A set of live members, before its first event is taken."""
    async with (
        Client(TOKEN, base_url=service.base_url, **HURRIED | options) as client,
        client.subscribe_all(resources) as subs,
    ):
        await eventually(lambda: subs.stats().live == len(resources))
        yield client, subs


async def take(events: AsyncIterator[Event], count: int) -> list[Event]:
    return [await soon(anext(events)) for _ in range(count)]


async def test_each_event_names_the_client_of_its_user(start: Start) -> None:
    with start(*USERS) as service:
        alex = Client(ALEX[0], base_url=service.base_url, **HURRIED)
        kim = alex.with_credential(lambda: KIM[0])
        async with alex, kim, alex.subscribe_all([MINE]) as subs:
            subs.add(MINE, client=kim)
            await eventually(lambda: subs.stats().live == 2)
            events = subs.events()
            first = await take(events, 4)
            assert Counter((event.client, event.kind) for event in first) == {
                (client, kind): 1 for client in (alex, kim) for kind in ("connected", "resync")
            }
            assert {event.resource for event in first} == {MINE}
            for user, drive in ((kim, KIM[1]), (alex, ALEX[1])):
                service.notify(drive=drive)
                note = await soon(anext(events))
                assert (note.kind, note.client, note.resource) == ("changed", user, MINE)
            with pytest.raises(drivebell.AccessDeniedError):
                await soon(kim.subscribe(Resource.drive(ALEX[1])).__aenter__())


async def test_a_refused_member_ends_with_an_event_and_the_others_continue(
    simulator: Simulator,
) -> None:
    async with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.subscribe_all([GONE, TEAM]) as subs,
    ):
        events = subs.events()
        received = await take(events, 3)
        assert sorted(event.kind for event in received) == ["connected", "ended", "resync"]
        (ended,) = (event for event in received if event.kind == "ended")
        assert isinstance(ended, Lifecycle)
        assert (ended.resource, ended.client) == (GONE, client)
        assert isinstance(ended.error, drivebell.NotFoundError)
        assert "Ended(Resource.parse('/drives/b!gone/root'), error=" in repr(ended)
        assert (subs.state(GONE), subs.state(TEAM)) == ("closed", "live")
        stats = subs.stats()
        assert (stats.members, stats.live, stats.ended) == (2, 1, 1)
        # It may be added again.
        subs.add(GONE)
        assert (await soon(anext(events))).kind == "ended"
        assert subs.remove(GONE)
        assert not subs.remove(GONE)
        assert subs.state(GONE) is None
        assert subs.stats(GONE) is None
        simulator.notify(drive="b!team")
        assert (await soon(anext(events))).resource == TEAM


async def test_members_are_added_and_removed_during_a_wait(simulator: Simulator) -> None:
    async with subscribed(simulator) as (client, subs):
        waiting = asyncio.ensure_future(anext(subs.events()))
        await asyncio.sleep(0)
        subs.add(MINE)
        subs.add(MINE)
        assert (await soon(waiting)).kind == "connected"
        del waiting
        subs.add(TEAM)
        await eventually(lambda: subs.stats().live == 2)
        assert sorted(map(str, subs.members())) == sorted(
            map(str, [(client, MINE), (client, TEAM)])
        )
        assert len(subs) == 2
        simulator.notify(3, drive="b!me")
        await eventually(
            lambda: (stats := subs.stats(MINE)) is not None and stats.notifications == 3
        )
        # The waiting events of a removed member are dropped.
        assert subs.remove(MINE)
        await eventually(lambda: simulator.connected() == 1)
        simulator.notify(drive="b!team")
        notes = aiter(subs)
        assert [(await soon(anext(notes))).resource for _ in range(2)] == [TEAM, TEAM]


async def test_a_cancelled_wait_loses_nothing(simulator: Simulator) -> None:
    async with subscribed(simulator, MINE, TEAM) as (_, subs):
        delivered: Counter[Resource] = Counter()
        timeouts = 0
        notes = aiter(subs)

        async def send_one_by_one() -> None:
            for _ in range(50):
                for drive in ("b!me", "b!team"):
                    await asyncio.to_thread(simulator.notify, 10, drive)

        sending = asyncio.create_task(send_one_by_one())
        async with asyncio.timeout(60):
            # 500 notifications and one resync for each member.
            while delivered.total() < 1000 + 2:
                try:
                    note = await asyncio.wait_for(anext(notes), 0.0005)
                except TimeoutError:
                    timeouts += 1
                else:
                    delivered[note.resource] += 1 + note.coalesced
        await sending
        assert delivered == {MINE: 501, TEAM: 501}
        assert timeouts > 10, "the waits were never cut short, so this test proves nothing"


async def test_a_stalled_consumer_gets_the_counts_of_all_reconnects(
    simulator: Simulator,
) -> None:
    rounds, capacity = 8, 4
    async with subscribed(
        simulator, MINE, TEAM, mailbox_capacity=capacity, max_endpoint_calls_per_second=1000
    ) as (_, subs):
        for number in range(1, rounds + 1):
            await eventually(lambda: simulator.connected() == 2)
            simulator.fault("cut", on="socket")
            await eventually(lambda: subs.stats().reconnects == 2 * number)  # noqa: B023
            await eventually(lambda: subs.stats().live == 2)
            for drive in ("b!me", "b!team"):
                simulator.notify(5, drive)
            await eventually(lambda: subs.stats().notifications == 10 * number)  # noqa: B023
        stats = subs.stats()
        assert stats.pending <= capacity + 2 * 6
        delivered: Counter[tuple[Resource, str]] = Counter()
        events = subs.events()
        for event in await take(events, stats.pending):
            name = "note" if isinstance(event, Notification) else event.kind
            delivered[event.resource, name] += 1 + event.coalesced
        for resource in (MINE, TEAM):
            assert delivered[resource, "connected"] == rounds + 1
            assert delivered[resource, "disconnected"] == rounds
            assert delivered[resource, "note"] == 5 * rounds + rounds + 1
        simulator.notify(drive="b!team")
        assert (await soon(anext(events))).coalesced == 0


async def test_handlers_are_called_in_order(simulator: Simulator) -> None:
    delivered: list[tuple[Resource, str]] = []
    async with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
        subs = client.subscribe_all([TEAM])

        @subs.on("ended")
        async def ended(event: Lifecycle) -> None:
            await asyncio.sleep(0)
            delivered.append((event.resource, event.kind))

        @subs.on("notification")
        def changed(note: Notification) -> None:
            delivered.append((note.resource, note.kind))

        async with subs:
            await eventually(lambda: delivered == [(TEAM, "resync")])
            subs.add(GONE)
            await eventually(lambda: delivered[1:] == [(GONE, "ended")])
            simulator.notify(2, drive="b!team")
            await eventually(lambda: delivered[2:] == [(TEAM, "changed")] * 2)
            with pytest.raises(drivebell.StateError, match="handler"):
                aiter(subs)


async def test_there_is_one_consumer_and_it_ends_with_the_set(simulator: Simulator) -> None:
    async with subscribed(simulator, MINE) as (_, subs):
        notes = aiter(subs)
        assert (await soon(anext(notes))).kind == "resync"
        rest = asyncio.ensure_future(anext(notes, None))
        await asyncio.sleep(0)
        with pytest.raises(drivebell.StateError, match="another task"):
            await soon(anext(subs.events()))
        with pytest.raises(drivebell.StateError, match="iterator"):
            subs.on("notification", print)
        await soon(subs.aclose())
        assert await soon(rest) is None
        assert simulator.connected() == 0
        await soon(subs.wait_closed())
        with pytest.raises(drivebell.StateError, match="closed"):
            subs.add(TEAM)


async def test_closing_a_client_closes_its_subscriptions_and_members(start: Start) -> None:
    with start(*USERS) as service:
        alex = Client(ALEX[0], base_url=service.base_url, **HURRIED)
        kim = alex.with_credential(KIM[0])
        async with alex.subscribe_all([MINE]) as subs:
            subs.add(MINE, client=kim)
            await eventually(lambda: subs.stats().live == 2)
            # The members of other clients stay.
            await soon(kim.aclose())
            assert subs.members() == [(alex, MINE)]
            await eventually(lambda: service.connected() == 1)
            with pytest.raises(drivebell.StateError, match="closed"):
                subs.add(MINE, client=kim)
            with pytest.raises(drivebell.StateError, match="closed"):
                kim.with_credential(ALEX[0])
            again = alex.with_credential(KIM[0])
            await soon(alex.aclose())
            assert service.connected() == 0
            # Another client of the family stays open.
            assert await soon(again.endpoint(MINE))
            await again.aclose()


async def test_an_invalid_argument_is_named_by_the_error(simulator: Simulator) -> None:
    async with subscribed(simulator) as (client, subs):
        for bad, name in (
            (lambda: client.subscribe_all(["/me/drive"]), "resource"),  # type: ignore[list-item]
            (lambda: subs.add("/me/drive"), "resource"),  # type: ignore[arg-type]
            (lambda: subs.add(MINE, client=TOKEN), "client"),  # type: ignore[arg-type]
            (lambda: subs.state(7), "resource"),  # type: ignore[arg-type]
            (lambda: subs.on("closed", print), "event"),  # type: ignore[call-overload]
            (lambda: client.with_credential(7), "credential"),  # type: ignore[arg-type]
            (lambda: client.with_credential(""), "token"),
        ):
            with pytest.raises(drivebell.InvalidArgumentError) as raised:
                bad()
            assert raised.value.argument == name


async def test_a_set_is_entered_once_and_before_its_use(simulator: Simulator) -> None:
    async with Client(TOKEN, base_url=simulator.base_url) as client:
        subs = client.subscribe_all()
        for call in (lambda: subs.add(MINE), subs.stats, lambda: aiter(subs)):
            with pytest.raises(drivebell.StateError, match="not entered"):
                call()
        assert repr(subs) == "<drivebell.SubscriptionSet not entered>"
        assert len(subs) == 0
        assert subs
        async with subs:
            assert repr(subs) == "<drivebell.SubscriptionSet members=0 live=0>"
            with pytest.raises(drivebell.StateError, match="entered before"):
                await subs.__aenter__()


async def test_a_single_subscription_has_no_event_of_a_set(
    client: Client, simulator: Simulator
) -> None:
    sub = client.subscribe(MINE)
    with pytest.raises(drivebell.InvalidArgumentError):
        sub.on("ended", print)  # type: ignore[call-overload]
    async with sub:
        events = sub.events()
        connected = await soon(anext(events))
        assert (connected.kind, connected.resource, connected.client) == ("connected", MINE, None)
        simulator.notify()
        assert (await soon(anext(events))).client is None


async def test_the_end_of_a_member_without_a_handler_is_logged(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR, "drivebell")
    async with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
        subs = client.subscribe_all([GONE])
        subs.on("notification", print)
        async with subs:
            await eventually(lambda: subs.state(GONE) == "closed")
            await eventually(lambda: "the subscription has ended" in caplog.text)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_set_is_garbage_collected(simulator: Simulator) -> None:
    client = Client(TOKEN, base_url=simulator.base_url, **HURRIED)
    subs = client.subscribe_all([MINE, TEAM])
    await subs.__aenter__()
    await eventually(lambda: simulator.connected() == 2)
    gone = weakref.ref(subs), weakref.ref(client)
    del subs, client
    gc.collect()
    assert [it() for it in gone] == [None, None]
    await eventually(lambda: simulator.connected() == 0)


async def test_a_set_does_not_keep_the_clients_of_closed_users(start: Start) -> None:
    with start(*USERS) as service:
        alex = Client(ALEX[0], base_url=service.base_url, **HURRIED)
        async with alex, alex.subscribe_all([MINE]) as subs:
            gone = []
            for _ in range(100):
                kim = alex.with_credential(KIM[0])
                subs.add(MINE, client=kim)
                await soon(kim.aclose())
                gone.append(weakref.ref(kim))
            del kim
            gc.collect()
            assert subs.members() == [(alex, MINE)]
            assert sum(it() is not None for it in gone) <= 20

"""Streams of changes that get no notifications, or not all of them."""

from __future__ import annotations

import asyncio
from typing import Any

import drivebell
import pytest
from change_streams import (
    IDLE,
    ITEMS,
    allow_push,
    batch_where,
    batch_with,
    catch_up,
    changes_of,
    event_of,
    reaches,
    seeded,
)
from deadline import eventually, soon
from mark_and_sweep import Copy

from simulator import MY_DRIVE


async def test_without_push_it_polls() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, push="off", poll_interval=0.05) as changes:
            await catch_up(changes)
            assert changes.state == "polling"
            simulator.upload("new.txt")
            batch = await batch_with(changes, "new.txt")
            assert batch.trigger in ("poll", "lag")
        assert simulator.endpoint_calls() == 0
        assert [event async for event in changes.events()] == []


async def test_where_push_is_refused_it_polls_until_it_is_allowed() -> None:
    with seeded(10) as simulator:
        allow_push(simulator, allowed=False)
        async with changes_of(simulator, poll_interval=0.1) as changes:
            events = changes.events()
            await catch_up(changes)
            refused = await soon(anext(events))
            assert refused.kind == "push_refused"
            assert isinstance(refused.error, drivebell.AccessDeniedError)
            assert refused.retry_in == pytest.approx(1.5, rel=0.26)
            assert repr(refused).startswith(
                "PushRefused(Resource.parse('/me/drive/root'), error=Acc"
            )
            assert changes.state == "polling"
            simulator.upload("polled.txt")
            await batch_with(changes, "polled.txt")
            assert changes.state == "polling"
            # It is refused again, which is not told again.
            await eventually(lambda: simulator.endpoint_calls() >= 2)
            allow_push(simulator, allowed=True)
            assert (await soon(anext(events))).kind == "connected"
            await reaches(changes, "live")
            simulator.upload("announced.txt")
            await batch_with(changes, "announced.txt")
            # A query of before may have found it first.
            await eventually(lambda: changes.stats().notifications >= 1)


async def test_push_that_is_required_and_refused_ends_the_stream() -> None:
    with seeded(10) as simulator:
        allow_push(simulator, allowed=False)
        async with changes_of(simulator, push="required") as changes:
            with pytest.raises(drivebell.AccessDeniedError) as raised:
                await catch_up(changes)
            assert raised.value.status == 403
            assert [event.kind async for event in changes.events()] == ["ended"]


async def test_an_audit_finds_a_deletion_that_was_never_reported() -> None:
    with seeded(30, "--page-size", "10") as simulator:
        gone = simulator.upload("gone.txt")["id"]
        async with changes_of(simulator, audit_interval=0.5) as changes:
            mirror = Copy()
            await mirror.follow(changes, simulator)
            body = b'{"loseTombstones":1}'
            simulator.http("PATCH", f"/_simulator/delta?drive={MY_DRIVE}", body)
            simulator.http("DELETE", f"{ITEMS}:/gone.txt")
            await mirror.follow(changes, simulator)
            assert gone not in mirror.rows
            audits = [batch for batch in mirror.batches if batch.trigger == "audit"]
            assert audits
            assert audits[-1].caught_up
            await eventually(lambda: changes.stats().audits >= 1)


async def test_a_renewal_is_followed_by_a_query() -> None:
    with seeded(10, "--lifetime", "2") as simulator:
        name = simulator.upload("opened.txt")["name"]
        async with changes_of(simulator, **IDLE) as changes:
            await catch_up(changes)
            await reaches(changes, "live")
            # Without a notification.
            simulator.http("POST", f"/_simulator/touch?drive={MY_DRIVE}&path=/{name}")
            batch = await batch_with(changes, name)
            assert batch.trigger == "renewal"
            assert changes.stats().renewals >= 1
            assert changes.stats().reconnects == 0


async def test_a_connection_that_announces_nothing_is_replaced() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, deaf_after=0.1, **IDLE) as changes:
            events = changes.events()
            await event_of(events, "connected")
            await catch_up(changes)
            # Its heartbeats are lost, too, but are not missed for 45 seconds.
            simulator.fault("silence", on="socket")
            # By times in whole seconds, the change must come after the connection, and have an age.
            await asyncio.sleep(1.5)
            simulator.upload("unheard.txt")
            await asyncio.sleep(2.5)
            changes.hint()
            batch = await batch_with(changes, "unheard.txt")
            assert batch.trigger == "hint"
            lost = await soon(anext(events))
            assert (lost.kind, lost.reason) == ("disconnected", "deaf")
            assert await event_of(events, "connected")
            assert changes.stats().deaf == 1
            simulator.upload("heard.txt")
            await batch_with(changes, "heard.txt")
            # The query after the reconnect may have been faster.
            await eventually(lambda: changes.stats().notifications >= 1)


async def test_none_of_it_is_done_when_it_is_turned_off() -> None:
    never: dict[str, Any] = {"audit_interval": None, "deaf_after": None, "start_timeout": None}
    with seeded(10) as simulator:
        async with changes_of(simulator, push="auto", **never, **IDLE) as changes:
            batch = await batch_where(changes, lambda batch: batch.caught_up)
            assert batch.trigger == "start"

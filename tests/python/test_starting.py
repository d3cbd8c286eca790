"""How a subscription begins: waiting until it is live, or not; and what it tells of itself."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import Client, Resource, SubscriptionStats
from session import (
    HURRIED,
    expect,
    expect_no_more_than_a_change,
    lifecycle,
    subscribed,
    until,
)

from simulator import TOKEN, Simulator


@pytest.fixture
def away(start: Start) -> Iterator[Simulator]:
    """A service that is not there until it is started again."""
    with start() as service:
        service.kill()
        yield service


async def test_without_waiting_entering_returns_while_the_service_is_away(
    away: Simulator,
) -> None:
    async with subscribed(away, wait_live=False) as (sub, events):
        told = await lifecycle(events, "unavailable")
        assert isinstance(told.error, drivebell.ConnectionFailedError)
        assert told.error.retryable
        assert "error=ConnectionFailedError(" in repr(told)
        assert TOKEN not in repr(told)
        assert state(sub) in ("acquiring", "backoff")
        away.start_again()
        came = [event.kind for event in await until(events, "connected")]
        assert came == [*["unavailable"] * (len(came) - 1), "connected"]
        await expect(events, "resync")
        await expect_no_more_than_a_change(away, events)
        assert state(sub) == "live"
        assert sub.stats().reconnects == 0


async def test_without_waiting_the_first_live_is_a_resync(start: Start) -> None:
    with start() as service:
        async with subscribed(service, wait_live=False) as (_, events):
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(service, events)


async def test_without_waiting_a_refusal_ends_the_subscription(simulator: Simulator) -> None:
    async with Client("another-token", base_url=simulator.base_url) as client:
        sub = client.subscribe(Resource.my_drive(), wait_live=False)
        async with sub:
            with pytest.raises(drivebell.AuthenticationError):
                await soon(anext(aiter(sub)))
            with pytest.raises(drivebell.AuthenticationError):
                await soon(sub.wait_closed())


async def test_without_waiting_handlers_are_told_of_everything(away: Simulator) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()
    async with Client(TOKEN, base_url=away.base_url, **HURRIED) as client:
        sub = client.subscribe(Resource.my_drive(), wait_live=False)
        sub.on("unavailable", lambda event: seen.put_nowait(event.kind))
        sub.on("connected", lambda event: seen.put_nowait(event.kind))
        sub.on("notification", lambda note: seen.put_nowait(note.kind))
        async with sub:
            assert await soon(seen.get()) == "unavailable"
            away.start_again()
            while (kind := await soon(seen.get())) == "unavailable":
                pass
            assert (kind, await soon(seen.get())) == ("connected", "resync")


@pytest.mark.parametrize("start_timeout", [0, 0.1])
async def test_waiting_ends_with_the_error_of_the_last_attempt(
    away: Simulator, start_timeout: float
) -> None:
    options = {**HURRIED, "start_timeout": start_timeout}
    async with Client(TOKEN, base_url=away.base_url, **options) as client:
        sub = client.subscribe(Resource.my_drive())
        with pytest.raises(drivebell.ConnectionFailedError):
            await soon(sub.__aenter__())
        assert sub.state == "closed"


async def test_waiting_for_ever_waits_until_the_service_is_there(away: Simulator) -> None:
    async with Client(TOKEN, base_url=away.base_url, **HURRIED, start_timeout=None) as client:
        sub = client.subscribe(Resource.my_drive())
        entering = asyncio.create_task(sub.__aenter__())
        await asyncio.sleep(0)
        assert sub.state == "acquiring"
        with pytest.raises(drivebell.StateError, match="entered before"):
            await sub.__aenter__()
        assert not entering.done()
        away.start_again()
        await soon(entering)
        events = sub.events()
        while (kind := (await soon(anext(events))).kind) == "unavailable":
            pass
        assert kind == "connected"
        # Nobody was promised anything before entering returned.
        await expect_no_more_than_a_change(away, events)


@pytest.mark.parametrize("close", ["subscription", "client"])
async def test_closing_gives_up_what_is_being_entered(away: Simulator, close: str) -> None:
    client = Client(TOKEN, base_url=away.base_url, **HURRIED, start_timeout=None)
    sub = client.subscribe(Resource.my_drive())
    entering = asyncio.create_task(sub.__aenter__())
    await asyncio.sleep(0)
    await soon(sub.aclose() if close == "subscription" else client.aclose())
    with pytest.raises(drivebell.StateError, match="closed while"):
        await soon(entering)
    assert sub.state == "closed"


def state(sub: drivebell.Subscription) -> str:
    """As it is now: a type checker takes an attribute to stay as it was."""
    return sub.state


async def test_the_state_follows_the_session(start: Start) -> None:
    with start() as service:
        # A random part of so much is not over soon.
        options: dict[str, Any] = {"retry_min": 1e7, "retry_max": 1e7}
        async with Client(TOKEN, base_url=service.base_url, **options) as client:
            sub = client.subscribe(Resource.my_drive())
            assert state(sub) == "closed"
            assert repr(sub) == "<drivebell.Subscription /me/drive/root not entered>"
            async with sub:
                assert state(sub) == "live"
                assert repr(sub) == "<drivebell.Subscription /me/drive/root live>"
                service.kill()
                await until(sub.events(), "disconnected")
                assert state(sub) == "backoff"
                await soon(sub.aclose())
                assert state(sub) == "closed"
                assert repr(sub) == "<drivebell.Subscription /me/drive/root closed>"


# Only the simulator can be told to answer nothing.
async def test_a_connection_that_is_being_opened_is_a_state_too() -> None:
    with Simulator(("--fault", "hold=toClient,on=socket")) as simulator:
        async with subscribed(simulator, wait_live=False) as (sub, events):
            await eventually(lambda: sub.state == "opening")
            simulator.release_faults()
            await expect(events, "connected", "resync")


async def test_the_numbers_of_a_subscription(start: Start) -> None:
    with start() as service:
        async with Client(TOKEN, base_url=service.base_url, **HURRIED) as client:
            sub = client.subscribe(Resource.my_drive())
            assert sub.stats() == SubscriptionStats()
            async with sub:
                before = datetime.now(UTC)
                service.notify(3)
                await eventually(lambda: sub.stats().notifications == 3)
                stats = sub.stats()
                # `connected` waits there too.
                assert (stats.pending, stats.coalesced) == (4, 0)
                assert stats.last_event_at is not None
                assert stats.last_event_at.tzinfo is UTC
                assert abs(stats.last_event_at - before) < timedelta(seconds=30)
                await soon(anext(aiter(sub)))
                assert sub.stats().pending == 2
                with pytest.raises(dataclasses.FrozenInstanceError):
                    stats.pending = 0  # type: ignore[misc]


async def test_attempts_that_nobody_looks_at_are_counted_in_one_event(away: Simulator) -> None:
    options: dict[str, Any] = {"retry_max": 0.01, "mailbox_capacity": 1}
    async with subscribed(away, wait_live=False, **options) as (sub, events):
        await eventually(lambda: sub.stats().coalesced >= 3)
        told = await lifecycle(events, "unavailable")
        assert told.coalesced >= 3
        assert f"coalesced={told.coalesced}>" in repr(told)

"""Entering a subscription, with and without waiting; its state and counters."""

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
def stopped(start: Start) -> Iterator[Simulator]:
    """A service that is down until it is restarted."""
    with start() as service:
        service.kill()
        yield service


async def test_without_waiting_entering_returns_while_the_service_is_down(
    stopped: Simulator,
) -> None:
    async with subscribed(stopped, wait_live=False) as (sub, events):
        event = await lifecycle(events, "unavailable")
        assert isinstance(event.error, drivebell.ConnectionFailedError)
        assert event.error.retryable
        assert "error=ConnectionFailedError(" in repr(event)
        assert TOKEN not in repr(event)
        assert state(sub) in ("acquiring", "backoff")
        stopped.start_again()
        kinds = [event.kind for event in await until(events, "connected")]
        assert kinds == [*["unavailable"] * (len(kinds) - 1), "connected"]
        await expect(events, "resync")
        await expect_no_more_than_a_change(stopped, events)
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


async def test_without_waiting_handlers_get_all_events(stopped: Simulator) -> None:
    kinds: asyncio.Queue[str] = asyncio.Queue()
    async with Client(TOKEN, base_url=stopped.base_url, **HURRIED) as client:
        sub = client.subscribe(Resource.my_drive(), wait_live=False)
        sub.on("unavailable", lambda event: kinds.put_nowait(event.kind))
        sub.on("connected", lambda event: kinds.put_nowait(event.kind))
        sub.on("notification", lambda note: kinds.put_nowait(note.kind))
        async with sub:
            assert await soon(kinds.get()) == "unavailable"
            stopped.start_again()
            while (kind := await soon(kinds.get())) == "unavailable":
                pass
            assert (kind, await soon(kinds.get())) == ("connected", "resync")


@pytest.mark.parametrize("start_timeout", [0, 0.1])
async def test_waiting_ends_with_the_error_of_the_last_attempt(
    stopped: Simulator, start_timeout: float
) -> None:
    options = {**HURRIED, "start_timeout": start_timeout}
    async with Client(TOKEN, base_url=stopped.base_url, **options) as client:
        sub = client.subscribe(Resource.my_drive())
        with pytest.raises(drivebell.ConnectionFailedError):
            await soon(sub.__aenter__())
        assert sub.state == "closed"


async def test_waiting_without_a_limit_waits_until_the_service_is_up(stopped: Simulator) -> None:
    async with Client(TOKEN, base_url=stopped.base_url, **HURRIED, start_timeout=None) as client:
        sub = client.subscribe(Resource.my_drive())
        entering = asyncio.create_task(sub.__aenter__())
        await asyncio.sleep(0)
        assert sub.state == "acquiring"
        with pytest.raises(drivebell.StateError, match="entered before"):
            await sub.__aenter__()
        assert not entering.done()
        stopped.start_again()
        await soon(entering)
        events = sub.events()
        while (kind := (await soon(anext(events))).kind) == "unavailable":
            pass
        assert kind == "connected"
        # No resync: the subscription starts when entering returns.
        await expect_no_more_than_a_change(stopped, events)


@pytest.mark.parametrize("close", ["subscription", "client"])
async def test_closing_cancels_entering(stopped: Simulator, close: str) -> None:
    client = Client(TOKEN, base_url=stopped.base_url, **HURRIED, start_timeout=None)
    sub = client.subscribe(Resource.my_drive())
    entering = asyncio.create_task(sub.__aenter__())
    await asyncio.sleep(0)
    await soon(sub.aclose() if close == "subscription" else client.aclose())
    with pytest.raises(drivebell.StateError, match="closed while"):
        await soon(entering)
    assert sub.state == "closed"


def state(sub: drivebell.Subscription) -> str:
    """Reads the state; a type checker would assume that the attribute did not change."""
    return sub.state


async def test_the_state_follows_the_session(start: Start) -> None:
    with start() as service:
        # Even a random part of this does not pass during the test.
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


# Only our simulator can leave a request unanswered.
async def test_opening_is_a_state() -> None:
    with Simulator(("--fault", "hold=toClient,on=socket")) as simulator:
        async with subscribed(simulator, wait_live=False) as (sub, events):
            await eventually(lambda: sub.state == "opening")
            simulator.release_faults()
            await expect(events, "connected", "resync")


async def test_the_counters_of_a_subscription(start: Start) -> None:
    with start() as service:
        async with Client(TOKEN, base_url=service.base_url, **HURRIED) as client:
            sub = client.subscribe(Resource.my_drive())
            assert sub.stats() == SubscriptionStats()
            async with sub:
                before = datetime.now(UTC)
                service.notify(3)
                await eventually(lambda: sub.stats().notifications == 3)
                stats = sub.stats()
                # `connected` occupies one place.
                assert (stats.pending, stats.coalesced) == (4, 0)
                assert stats.last_event_at is not None
                assert stats.last_event_at.tzinfo is UTC
                assert abs(stats.last_event_at - before) < timedelta(seconds=30)
                await soon(anext(aiter(sub)))
                assert sub.stats().pending == 2
                with pytest.raises(dataclasses.FrozenInstanceError):
                    stats.pending = 0  # type: ignore[misc]


async def test_untaken_events_of_failed_attempts_are_merged(stopped: Simulator) -> None:
    options: dict[str, Any] = {"retry_max": 0.01, "mailbox_capacity": 1}
    async with subscribed(stopped, wait_live=False, **options) as (sub, events):
        await eventually(lambda: sub.stats().coalesced >= 3)
        event = await lifecycle(events, "unavailable")
        assert event.coalesced >= 3
        assert f"coalesced={event.coalesced}," in repr(event)

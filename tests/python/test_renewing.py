"""A new endpoint replaces the old one before it expires, without a gap."""

from __future__ import annotations

import pytest
from deadline import eventually
from drivebell import Lifecycle
from session import (
    Event,
    expect,
    expect_no_more_than_a_change,
    lifecycle,
    subscribed,
    until,
)

from simulator import Simulator

SHORT = ("--lifetime", "3")
"""Lifetime of a notification URL in seconds; the client renews it after half of this time."""


async def renew_three_times(service: Simulator) -> None:
    async with subscribed(service) as (sub, events):
        await expect(events, "connected")
        heard: list[str] = []
        sub.on("renewed", lambda event: heard.append(event.kind))
        received: list[Event] = []
        for _ in range(3):
            received += await until(events, "renewed")
            service.notify()
            received += await until(events, "changed")
        # The first of the four endpoints has expired by now.
        assert {event.kind for event in received} == {"renewed", "changed"}
        event = received[0]
        assert isinstance(event, Lifecycle)
        assert (event.reason, event.retry_in, event.error) == (None, None, None)
        assert repr(event) == "Renewed(Resource.parse('/me/drive/root'))"
        assert heard == [event.kind for event in received if event.kind == "renewed"]
        assert sub.stats().renewals >= 3
        assert sub.stats().reconnects == 0


async def test_a_renewal_is_no_gap() -> None:
    with Simulator(SHORT, service="socket.io") as service:
        await renew_three_times(service)


# npm socket.io ignores the expiry of a connected URL; our simulator has an option for it.
@pytest.mark.parametrize("at_expiry", ["drop", "quiet", "go-on"])
async def test_a_renewed_session_does_not_see_the_expiry(at_expiry: str) -> None:
    with Simulator((*SHORT, "--at-expiry", at_expiry)) as simulator:
        await renew_three_times(simulator)


# Only our simulator can leave a request unanswered.
async def test_a_late_renewal_is_a_gap() -> None:
    with Simulator(SHORT) as simulator:
        async with subscribed(simulator) as (sub, events):
            await expect(events, "connected")
            simulator.coming_fault("hold", on="endpoint")
            await eventually(lambda: sub.state == "renewing")
            event = await lifecycle(events, "disconnected")
            assert (event.reason, event.retry_in) == ("endpoint_expired", 0)
            assert sub.state == "acquiring"
            simulator.release_faults()
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)


# Only our simulator can stop accepting a URL early.
async def test_an_unannounced_expiry_is_a_gap() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.fault({"expire": {"ms": 1, "then": "drop", "announced": False}})
            # The old URL is tried once again.
            await expect(events, "disconnected", "unavailable", "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)

"""A new endpoint takes over before the old one expires, without a gap."""

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
"""Seconds that a notification URL works; half of them are left when it is renewed."""


async def renew_three_times(service: Simulator) -> None:
    async with subscribed(service) as (sub, events):
        await expect(events, "connected")
        heard: list[str] = []
        sub.on("renewed", lambda event: heard.append(event.kind))
        came: list[Event] = []
        for _ in range(3):
            came += await until(events, "renewed")
            service.notify()
            came += await until(events, "changed")
        # The first of the four has expired meanwhile.
        assert {event.kind for event in came} == {"renewed", "changed"}
        told = came[0]
        assert isinstance(told, Lifecycle)
        assert (told.reason, told.retry_in, told.error) == (None, None, None)
        assert repr(told) == "<drivebell.Lifecycle renewed>"
        assert heard == [event.kind for event in came if event.kind == "renewed"]
        assert sub.stats().renewals >= 3
        assert sub.stats().reconnects == 0


async def test_a_renewal_is_no_gap() -> None:
    with Simulator(SHORT, service="socket.io") as service:
        await renew_three_times(service)


# npm socket.io lets connections on an expired URL go on; the simulator can be told what to do.
@pytest.mark.parametrize("at_expiry", ["drop", "quiet", "go-on"])
async def test_what_the_service_does_at_expiry_is_not_met(at_expiry: str) -> None:
    with Simulator((*SHORT, "--at-expiry", at_expiry)) as simulator:
        await renew_three_times(simulator)


# Only the simulator can be told to answer nothing.
async def test_a_renewal_that_comes_too_late_is_a_gap() -> None:
    with Simulator(SHORT) as simulator:
        async with subscribed(simulator) as (sub, events):
            await expect(events, "connected")
            simulator.coming_fault("hold", on="endpoint")
            await eventually(lambda: sub.state == "renewing")
            told = await lifecycle(events, "disconnected")
            assert (told.reason, told.retry_in) == ("endpoint_expired", 0)
            assert sub.state == "acquiring"
            simulator.release_faults()
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)


# A URL that stops working unannounced is the simulator's alone, too.
async def test_an_unannounced_expiry_is_a_gap() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.fault({"expire": {"ms": 1, "then": "drop", "announced": False}})
            # The old URL is tried once more.
            await expect(events, "disconnected", "unavailable", "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)

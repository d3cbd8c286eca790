"""Helpers for the tests of sessions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from deadline import soon
from drivebell import Client, Lifecycle, Notification, Resource, Subscription

from simulator import TOKEN, Simulator

Event = Notification | Lifecycle

HURRIED: dict[str, Any] = {"retry_min": 0.01, "retry_max": 0.05, "first_refusal_timeout": 0}
"""Client options for short waits between attempts, and none before a refusal is believed."""
HEARTBEAT = ("--ping-interval", "200", "--ping-timeout", "200")
"""Server options for noticing a silent connection soon."""


@asynccontextmanager
async def subscribed(
    service: Simulator, *, wait_live: bool = True, **options: Any
) -> AsyncIterator[tuple[Subscription, AsyncIterator[Event]]]:
    """A subscription and its events."""
    async with (
        Client(TOKEN, base_url=service.base_url, **HURRIED | options) as client,
        client.subscribe(Resource.my_drive(), wait_live=wait_live) as sub,
    ):
        yield sub, sub.events()


async def until(events: AsyncIterator[Event], kind: str) -> list[Event]:
    """Takes events up to the first one of this kind, and returns them."""
    received: list[Event] = []
    while not received or received[-1].kind != kind:
        received.append(await soon(anext(events)))
    return received


async def lifecycle(events: AsyncIterator[Event], kind: str) -> Lifecycle:
    """Takes the next event and checks its kind."""
    event = await soon(anext(events))
    assert event.kind == kind, event
    assert isinstance(event, Lifecycle)
    return event


async def expect(events: AsyncIterator[Event], *kinds: str) -> None:
    """Takes the next events and checks their kinds."""
    received = [(await soon(anext(events))).kind for _ in kinds]
    assert received == list(kinds)


async def expect_no_more_than_a_change(service: Simulator, events: AsyncIterator[Event]) -> None:
    """The session is live, and no event was delivered twice."""
    service.notify()
    await expect(events, "changed")


def assert_one_gap(received: Sequence[Event]) -> None:
    """The events are a disconnect, failed attempts, and a connect."""
    assert [event.kind for event in received] == [
        "disconnected",
        *["unavailable"] * (len(received) - 2),
        "connected",
    ]

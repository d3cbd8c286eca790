"""What the tests of sessions share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from deadline import soon
from drivebell import Client, Lifecycle, Notification, Resource, Subscription

from simulator import TOKEN, Simulator

Event = Notification | Lifecycle

HURRIED: dict[str, Any] = {"retry_min": 0.01, "retry_max": 0.05}
"""Client options with which nothing waits for long."""
HEARTBEAT = ("--ping-interval", "200", "--ping-timeout", "200")
"""Server options with which silence is soon noticed."""


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
    """What comes, up to the first event of this kind."""
    came: list[Event] = []
    while not came or came[-1].kind != kind:
        came.append(await soon(anext(events)))
    return came


async def lifecycle(events: AsyncIterator[Event], kind: str) -> Lifecycle:
    """The next event, which is of this kind."""
    event = await soon(anext(events))
    assert event.kind == kind, event
    assert isinstance(event, Lifecycle)
    return event


async def expect(events: AsyncIterator[Event], *kinds: str) -> None:
    """The next events are of these kinds."""
    came = [(await soon(anext(events))).kind for _ in kinds]
    assert came == list(kinds)


async def expect_no_more_than_a_change(service: Simulator, events: AsyncIterator[Event]) -> None:
    """It is live, and nothing was told twice."""
    service.notify()
    await expect(events, "changed")


def assert_one_gap(came: Sequence[Event]) -> None:
    """What came is the end of a connection, attempts that failed, and success."""
    assert [event.kind for event in came] == [
        "disconnected",
        *["unavailable"] * (len(came) - 2),
        "connected",
    ]

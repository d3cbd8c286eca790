"""Helpers for the tests of streams of changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from deadline import eventually, soon
from drivebell import ChangeBatch, Changes, Client, Lifecycle, Resource
from session import HURRIED

from simulator import MY_DRIVE, TOKEN, Simulator

QUICK: dict[str, Any] = {
    "quiet_time": 0.05,
    "lag_delays": [0.2] * 3,
    "overlap": 0.5,
    "poll_interval": 0.3,
}
"""Options for short waits."""
IDLE: dict[str, Any] = {**QUICK, "lag_delays": [], "overlap": 0, "poll_interval": 60}
"""Options of a stream that queries only when it is told to."""
ITEMS = f"/v1.0/drives/{MY_DRIVE}/root"


def seeded(items: int, *options: str) -> Simulator:
    return Simulator(options=("--seed", f"b!me={items}", *options))


@asynccontextmanager
async def changes_of(
    simulator: Simulator, since: str = "start", **options: Any
) -> AsyncIterator[Changes]:
    async with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.changes(Resource.my_drive(), since=since, **QUICK | options) as changes,
    ):
        yield changes


async def batch_where(
    changes: AsyncIterator[ChangeBatch], condition: Callable[[ChangeBatch], bool]
) -> ChangeBatch:
    """Takes batches up to the first one that fulfils the condition."""
    while not condition(batch := await soon(anext(changes))):
        pass
    return batch


async def catch_up(changes: AsyncIterator[ChangeBatch]) -> ChangeBatch:
    return await batch_where(changes, lambda batch: batch.caught_up)


async def batch_with(changes: AsyncIterator[ChangeBatch], name: str) -> ChangeBatch:
    """The batch in which the item of this name comes."""
    return await batch_where(changes, lambda batch: name in [item.name for item in batch.items])


async def event_of(events: AsyncIterator[Lifecycle], kind: str) -> Lifecycle:
    """Takes events up to the first one of this kind."""
    while (event := await soon(anext(events))).kind != kind:
        pass
    return event


async def reaches(changes: Changes, state: str) -> None:
    await eventually(lambda: changes.state == state)


def allow_push(simulator: Simulator, *, allowed: bool) -> None:
    """Whether Graph gives notifications to the token, or takes it for an application's."""
    value = "false" if allowed else "true"
    simulator.http("POST", f"/_simulator/identity/app-only?value={value}")

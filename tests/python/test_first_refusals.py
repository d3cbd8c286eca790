"""A first 403 or 404 may be a mistake of Graph's: it is asked again."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import drivebell
import pytest
from change_streams import QUICK, seeded
from deadline import soon
from drivebell import Client, Resource
from session import HURRIED

from simulator import TOKEN, Simulator

DOUBT = 0.2
MINE = Resource.my_drive()


async def an_endpoint(client: Client) -> None:
    await client.endpoint(MINE)


async def a_subscription(client: Client) -> None:
    async with client.subscribe(MINE) as sub:
        assert sub.state == "live"


async def changes(client: Client) -> None:
    async with client.changes(MINE, since="now", **QUICK) as stream:
        await anext(stream)


CALLS = {"endpoint": an_endpoint, "subscribe": a_subscription, "changes": changes}


@asynccontextmanager
async def doubting(fault: str) -> AsyncIterator[tuple[Simulator, Client]]:
    options = {**HURRIED, "first_refusal_timeout": DOUBT}
    with seeded(5) as simulator:
        simulator.set_fault(fault)
        async with Client(TOKEN, base_url=simulator.base_url, **options) as client:
            yield simulator, client


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("name", CALLS)
async def test_two_refusals_are_survived(name: str, status: int) -> None:
    on = "delta" if name == "changes" else "endpoint"
    async with doubting(f"answer={status},times=2,on={on}") as (_, client):
        await soon(CALLS[name](client))


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("name", CALLS)
async def test_three_refusals_are_believed(name: str, status: int) -> None:
    errors = {403: drivebell.AccessDeniedError, 404: drivebell.NotFoundError}
    async with doubting(f"answer={status},on=graph") as (simulator, client):
        began = time.monotonic()
        with pytest.raises(errors[status]) as raised:
            await soon(CALLS[name](client))
        assert time.monotonic() - began >= DOUBT
        assert raised.value.status == status
        assert not raised.value.retryable
        path = "/delta" if name == "changes" else "/socketIo"
        calls = [call for call in simulator.requests() if call["path"].split("?")[0].endswith(path)]
        assert len(calls) >= 3

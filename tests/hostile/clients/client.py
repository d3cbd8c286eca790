"""Uses drivebell against a hostile server for some seconds, and prints what it is told.

client.py MODE BASE_URL SECONDS [OPTION=VALUE ...]
"""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

import drivebell
from drivebell import Client, Resource

MINE = Resource.my_drive()


def told(error: Exception | None) -> None:
    print(f"{type(error).__name__}: {error}"[:2000], flush=True)


async def endpoint(client: Client) -> None:
    try:
        result = await client.endpoint(MINE)
        print("ok", result.additional_data and "more", flush=True)
    except drivebell.Error as error:
        told(error)


async def subscribe(client: Client) -> None:
    async with client.subscribe(MINE, wait_live=False) as sub:
        try:
            async for event in sub.events():
                if event.kind in {"unavailable", "disconnected"}:
                    told(event.error) if event.error else print(event.message, flush=True)
                else:
                    print(event.kind, flush=True)
        except drivebell.Error as error:
            told(error)


async def stalled(client: Client) -> None:
    async with client.subscribe(MINE):
        await asyncio.sleep(3600)


async def changes(client: Client) -> None:
    try:
        async for batch in client.changes(MINE, since="start"):
            print("batch", len(batch.items), [item.raw and item.id for item in batch.items[:1]])
    except drivebell.Error as error:
        told(error)


async def main(mode: str, base_url: str, seconds: str, *options: str) -> None:
    logging.basicConfig(level=logging.WARNING, stream=sys.stdout)
    given: dict[str, Any] = {}
    for option in options:
        name, _, value = option.partition("=")
        given[name] = value if name == "ca_bundle" else float(value)
    async with Client("the-token-of-the-tests", base_url=base_url, **given) as client:
        try:
            async with asyncio.timeout(float(seconds)):
                await globals()[mode](client)
        except TimeoutError:
            print("still running", flush=True)


asyncio.run(main(*sys.argv[1:]))

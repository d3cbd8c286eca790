"""Uses an installed drivebell, as a program of a user does. It prints what it has seen, as JSON.

`make dist-check` runs it with the Python of each platform. It knows nothing of this repository.
"""

from __future__ import annotations

import asyncio
import json
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

import drivebell
from drivebell.testing import Simulator

SECONDS = 240.0
"""An emulator is slow, and its machine may be busy."""

NAMES = ["one.txt", "two.txt", "three.txt"]


async def notifications(simulator: Simulator, client: drivebell.Client) -> list[str]:
    kinds: list[str] = []
    async with client.subscribe(drivebell.Resource.my_drive()) as subscription:
        for name in NAMES:
            await simulator.upload(f"/{name}", "content")
            kinds.append((await subscription.next(timeout=SECONDS)).kind)
    return kinds


async def changes(client: drivebell.Client) -> list[str]:
    async with client.changes(drivebell.Resource.my_drive(), since="start") as stream:
        async for batch in stream:
            return sorted(item.name for item in batch.items if item.name in NAMES)
    return []


async def mirror(client: drivebell.Client, file: Path) -> list[str]:
    async with client.mirror(drivebell.Resource.my_drive(), file) as stream:
        return sorted([(await stream.next(timeout=SECONDS)).path for _ in NAMES])


async def main() -> None:
    async with Simulator(start_timeout=SECONDS) as simulator, simulator.client() as client:
        seen: dict[str, Any] = {
            "version": drivebell.__version__,
            "notifications": await notifications(simulator, client),
            "changes": await changes(client),
        }
        with tempfile.TemporaryDirectory() as folder:
            seen["mirror"] = await mirror(client, Path(folder) / "drive.db")
    # An extension that does not say that it needs no GIL turns it on for the whole process.
    is_free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    seen["gil"] = not is_free_threaded or vars(sys)["_is_gil_enabled"]()
    seen["free_threaded"] = is_free_threaded
    print(json.dumps(seen))


asyncio.run(asyncio.wait_for(main(), SECONDS))

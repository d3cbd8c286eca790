"""Helpers for the tests of mirrors: a mirror, edits of its drive, and what the drive holds."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from change_streams import QUICK
from deadline import eventually, soon
from drivebell import Change, Client, Mirror, Resource
from replay import Replay, record_of
from session import HURRIED

from simulator import MY_DRIVE, TOKEN, Simulator

MINE = Resource.my_drive()


@asynccontextmanager
async def mirror_of(simulator: Simulator, file: Path, **options: Any) -> AsyncIterator[Mirror]:
    async with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.mirror(MINE, file, **QUICK | options) as mirror,
    ):
        yield mirror


async def take(mirror: Mirror, count: int) -> list[Change]:
    """The next changes. The last one is not done."""
    return [await soon(anext(mirror)) for _ in range(count)]


async def up_to(mirror: Mirror, path: str) -> list[Change]:
    """The changes up to the one of this path, which is not done."""
    changes = await take(mirror, 1)
    while changes[-1].path != path:
        changes += await take(mirror, 1)
    return changes


async def follow(mirror: Mirror, simulator: Simulator, replay: Replay) -> None:
    """Replays changes until they give the drive's paths."""
    while await asyncio.to_thread(true_paths, simulator) != replay.paths:
        replay.apply(record_of(await soon(anext(mirror))))


def true_paths(simulator: Simulator, drive: str = MY_DRIVE) -> dict[str, str]:
    """The id of the item at each path, without the root."""
    items = simulator.http("GET", f"/_simulator/items?drive={drive}")
    by_id = {item["id"]: item for item in items}
    paths: dict[str, str] = {}

    def path_of(item: dict[str, Any]) -> str:
        parent = by_id.get(item["parent"])
        return "" if parent is None else f"{path_of(parent)}/{item['name']}"

    for item in items[1:]:
        paths[path_of(item)] = item["id"]
    return paths


async def holds_the_drive(mirror: Mirror, simulator: Simulator) -> None:
    """Waits until the tree is that of the drive."""
    await eventually(
        lambda: {path: item.id for path, item in mirror.walk()} == true_paths(simulator)
    )


def put(simulator: Simulator, path: str, content: bytes = b"content", drive: str = MY_DRIVE) -> str:
    """Uploads a file, into folders that are made if they do not exist. Returns its id."""
    item = simulator.http("PUT", f"/v1.0/drives/{drive}/root:{path}:/content", content)
    return str(item["id"])


def make_folder(simulator: Simulator, path: str) -> str:
    folder, _, name = path.rpartition("/")
    place = f"root:{folder}:" if folder else "root"
    body = json.dumps({"name": name, "folder": {}}).encode()
    return str(simulator.http("POST", f"/v1.0/me/drive/{place}/children", body)["id"])


def rename(simulator: Simulator, path: str, name: str) -> None:
    change(simulator, path, {"name": name})


def move(simulator: Simulator, path: str, folder: str, name: str | None = None) -> None:
    place = simulator.http("GET", f"/v1.0/me/drive/root:{folder}:") if folder != "/" else None
    root = simulator.http("GET", f"/_simulator/items?drive={MY_DRIVE}")[0]
    changed: dict[str, Any] = {"parentReference": {"id": (place or root)["id"]}}
    change(simulator, path, changed | ({} if name is None else {"name": name}))


def change(simulator: Simulator, path: str, changed: dict[str, Any]) -> None:
    simulator.http("PATCH", f"/v1.0/me/drive/root:{path}:", json.dumps(changed).encode())


def delete(simulator: Simulator, path: str) -> None:
    simulator.http("DELETE", f"/v1.0/me/drive/root:{path}:")


def touch(simulator: Simulator, path: str) -> None:
    """Lets an unchanged item come in the next delta query."""
    simulator.http("POST", f"/_simulator/touch?drive={MY_DRIVE}&path={path}")


def quirks(simulator: Simulator, **changed: Any) -> None:
    """How Graph treats the changes of the drive."""
    body = json.dumps(changed).encode()
    simulator.http("PATCH", f"/_simulator/delta?drive={MY_DRIVE}", body)

"""The client sends the same bytes to the notification server as the official JavaScript client.

Captured live from npm `socket.io-client`: nothing here is written down from memory.
"""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from typing import Any

import drivebell
import pytest
from deadline import soon
from drivebell import Resource
from server_process import ServerProcess

from simulator import REPOSITORY

EQUAL = {
    "observed": "/notifications?token=w1-5f0c7c5a&applicationId=22c49a0d-d21c-4792-aed1-8f163c98",
    "documented": "/zbaehwg/callback?snthgk=1ff3-2345672zz831837523",
    "documented in the older beta": "/callback?snthgk=1ff3-2345672zz831837523",
    "encoded query": "/notifications?token=a%2Fb%2Bc%3D%3D&applicationId=x",
    "path of three segments": "/a/b/c?token=x",
    "no path": "/?token=x",
    "no query": "/notifications",
    "a trailing slash": "/notifications/?token=x",
}
"""Path and query of URLs whose query the official client leaves unchanged."""

REENCODED = {
    "plus": "/notifications?token=a+b",
    "slash": "/notifications?token=a/b",
    "equals": "/notifications?token=YQ==",
    "bare key": "/notifications?token",
    "lower-case escape": "/notifications?token=a%2fb",
    "apostrophe": "/notifications?token=a'b",
    "characters that stand for themselves": "/notifications?token=a:b,c;d@e!f$g*h(i)j~k",
}
"""URLs whose query the official client decodes and encodes again. Ours stays unchanged."""


class CaptureServer(ServerProcess):
    """Records what a client sends to it, and runs the official client."""

    def command(self) -> list[str]:
        return ["node", str(REPOSITORY / "tests/servers/capture.mjs")]


@pytest.fixture(scope="module")
def capture() -> Iterator[CaptureServer]:
    with CaptureServer() as server:
        yield server


def get(server: CaptureServer, path: str) -> Any:
    with urllib.request.urlopen(server.base_url + path, timeout=60) as response:
        return json.load(response)


async def both(server: CaptureServer, location: str) -> tuple[dict[str, str], dict[str, str]]:
    """Returns what the official client and ours send to the location."""
    move = "/location?is=" + urllib.parse.quote(location, safe="")
    get(server, move)
    official = get(server, "/official")
    get(server, move)
    async with (
        drivebell.Client("token", base_url=server.base_url) as client,
        client.subscribe(Resource.my_drive()),
    ):
        ours = get(server, "/captured")
    return official, ours


@pytest.mark.parametrize("name", EQUAL)
async def test_target_and_join_frame_are_equal(capture: CaptureServer, name: str) -> None:
    official, ours = await soon(both(capture, EQUAL[name]))
    assert ours == official
    assert ours["version"] == "1.1"


@pytest.mark.parametrize("name", REENCODED)
async def test_a_query_is_sent_unchanged(capture: CaptureServer, name: str) -> None:
    official, ours = await soon(both(capture, REENCODED[name]))
    query = REENCODED[name].partition("?")[2]
    assert ours["target"] == f"/socket.io/?{query}&EIO=4&transport=websocket"
    assert ours["join"] == official["join"]
    print(f"| {name} | {official['target']} | {ours['target']} |")

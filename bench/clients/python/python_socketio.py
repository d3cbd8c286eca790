"""Connects with python-socketio's asyncio client and reports its events."""

import asyncio
import json
import os
from urllib.parse import urlsplit

import aiohttp
import socketio
from report import SESSIONS, Report, run

HANDSHAKES = 100
"""How many connections are opened at once: drivebell's default, for every client."""

report = Report()
url = os.environ["NOTIFICATION_URL"]
namespace = urlsplit(url).path


# Setup:
def handle(argument: str) -> None:
    for note in json.loads(argument)["value"]:
        report.read(note["subscriptionId"], note["resource"], note["expirationDateTime"])


async def connect(http: aiohttp.ClientSession | None) -> socketio.AsyncClient:
    sio = socketio.AsyncClient(reconnection=True, http_session=http)
    sio.on("connect", report.handler("connected"), namespace)
    sio.on("notification", report.notification(handle), namespace)
    sio.on("disconnect", report.handler("disconnected"), namespace)
    sio.on("connect_error", report.handler("error"), namespace)
    await sio.connect(url, namespaces=[namespace], transports=["websocket"], retry=True)
    return sio
    # End of setup.


async def main() -> None:
    handshakes = asyncio.Semaphore(HANDSHAKES)
    # Many sessions share one connector. It must have no limit: an upgraded connection counts for
    # as long as it lives.
    http = None
    if SESSIONS > 1:
        http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def connect_in_turn() -> socketio.AsyncClient:
        async with handshakes:
            return await connect(http)

    clients = await asyncio.gather(*(connect_in_turn() for _ in range(SESSIONS)))
    await asyncio.gather(*(client.wait() for client in clients))
    report.event("ended")


run(main())

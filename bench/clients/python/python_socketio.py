"""python-socketio's asyncio client; with UVLOOP=1 on uvloop."""

import asyncio
import json
import os
from urllib.parse import urlsplit

import aiohttp
import socketio
from meter import SESSIONS, Meter, ended

HANDSHAKES = 100
"""So many connections are opened at once, as drivebell does by default."""

meter = Meter()
url = os.environ["NOTIFICATION_URL"]
namespace = urlsplit(url).path


# Setup:
def saw(argument: str) -> None:
    for note in json.loads(argument)["value"]:
        meter.saw(note["subscriptionId"], note["resource"], note["expirationDateTime"])


async def connect(http: aiohttp.ClientSession) -> socketio.AsyncClient:
    sio = socketio.AsyncClient(reconnection=True, http_session=http)
    sio.on("connect", meter.connected, namespace)
    sio.on("notification", saw, namespace)
    sio.on("disconnect", ended, namespace)
    await sio.connect(url, namespaces=[namespace], transports=["websocket"], retry=True)
    return sio
    # End of setup.


async def main() -> None:
    turn = asyncio.Semaphore(HANDSHAKES)

    async def in_turn(http: aiohttp.ClientSession) -> socketio.AsyncClient:
        async with turn:
            return await connect(http)

    # No limit of connections: an upgraded one counts as long as it lives.
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        clients = await asyncio.gather(*(in_turn(http) for _ in range(SESSIONS)))
        await asyncio.gather(*(client.wait() for client in clients))


if os.environ.get("UVLOOP") == "1":
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())

"""drivebell's asyncio face: `async for`, or with CALLBACKS=1 a handler."""

import asyncio
import os

import drivebell
from meter import SESSIONS, Meter, ended

meter = Meter()
CALLBACKS = os.environ.get("CALLBACKS") == "1"


def handle(note: drivebell.Notification) -> None:
    # Setup:
    payload = note.payload
    if payload is None or note.coalesced:
        ended(note)
        return
    meter.saw(payload.subscription_id, payload.list_id, payload.subscription_expires_at)
    # End of setup.


async def watch(client: drivebell.Client, session: int) -> None:
    sub = client.subscribe(drivebell.Resource.drive(f"b!{session}"))
    sub.on("connected", lambda _: meter.connected())
    sub.on("disconnected", ended)
    if CALLBACKS:
        sub.on("notification", handle)
        async with sub:
            await sub.wait_closed()
    # Setup:
    async with sub:
        async for note in sub:
            # End of setup.
            handle(note)


async def main() -> None:
    # Setup:
    async with drivebell.Client(
        "token",
        base_url=os.environ["GRAPH_URL"],
        ca_bundle=os.environ.get("CA_BUNDLE"),
        mailbox_capacity=2**30,
        max_endpoint_calls_per_second=2**32 - 1,
    ) as client:
        await asyncio.gather(*(watch(client, session) for session in range(SESSIONS)))
    # End of setup.


if os.environ.get("UVLOOP") == "1":
    import uvloop

    uvloop.run(main())
else:
    asyncio.run(main())

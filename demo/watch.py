"""The demo's Python part: watches a drive, prints a line for each of the first notifications."""

import asyncio
import os
import sys
import time

import drivebell


async def main(count: int) -> None:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    sub = client.subscribe(drivebell.Resource.my_drive())
    enough = asyncio.Event()
    handled = 0

    @sub.on("connected")
    def connected(_event: drivebell.Lifecycle) -> None:
        print("connected", flush=True)

    @sub.on("notification")
    def notified(note: drivebell.Notification) -> None:
        nonlocal handled
        subscription = note.payload.subscription_id if note.payload else None
        print(note.kind, note.resource, subscription, time.time_ns() // 1000, flush=True)
        handled += 1
        if handled == count:
            enough.set()

    async with client, sub:
        await enough.wait()


asyncio.run(main(int(sys.argv[1])))

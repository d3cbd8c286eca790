"""Fills a mirror with drivebell, and with `INITIAL=created` reads a change for each item."""

import asyncio
import os
from typing import Literal

import drivebell
from drivebell import Resource
from enumeration import Clocks

ITEMS = int(os.environ["ITEMS"])
FILE = os.environ["FILE"]
INITIAL: Literal["created", "silent"] = (
    "created" if os.environ["INITIAL"] == "created" else "silent"
)


async def main() -> None:
    clocks = Clocks()
    enumeration = clocks.enumeration
    # Setup:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    async with client, client.mirror(Resource.my_drive(), FILE, initial=INITIAL) as mirror:
        if INITIAL == "created":
            left = ITEMS - 1  # The root is no change.
            async for batch in mirror.batches():
                for change in batch:
                    enumeration.count(len(change.kind) + len(change.path))
                left -= len(batch)
                if left == 0:
                    break
        else:
            await mirror.ready()
        # End of setup.
        enumeration.keep(mirror.stats().rows)
        clocks.report()


asyncio.run(main())

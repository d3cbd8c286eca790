"""Follows a mirror, and reports when each change came; with `EXPAND=1` also the changes of what is
in a folder."""

import asyncio
import os

import drivebell
from drivebell import Resource
from report import print_line
from sightings import Sightings

EXPAND = os.environ.get("EXPAND") == "1"
FILE = os.environ["FILE"]


async def main() -> None:
    sightings = Sightings()
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    mirror = client.mirror(Resource.my_drive(), FILE, initial="silent", expand=EXPAND)
    async with client, mirror:
        await mirror.ready()
        print_line(event="ready")
        async for change in mirror:
            if change.inherited:
                sightings.inherited()
            else:
                inside = change.descendants if EXPAND else 0
                sightings.change(change.kind, change.path, change.descendants, inside)


asyncio.run(main())

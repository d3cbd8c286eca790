"""Finds the paths of items in a mirror."""

import asyncio
import os

import drivebell
from drivebell import Resource
from paths import time_paths


async def main() -> None:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    async with client, client.mirror(Resource.my_drive(), os.environ["FILE"]) as mirror:
        time_paths(mirror.path)


asyncio.run(main())

"""Enumerates the drive with drivebell, without asyncio."""

import os

import drivebell
from drivebell import Resource
from drivebell.sync import Client
from enumeration import Enumeration, measure_sync


def enumerate_drive(enumeration: Enumeration) -> None:
    # Setup:
    client = Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    with client, client.changes(Resource.my_drive(), since="start") as changes:
        for batch in changes:
            for item in batch.items:
                assert isinstance(item, drivebell.DriveItem)
                enumeration.add(item.id, item.name, item.size, item.parent_id, item.modified_at)
            if batch.caught_up:
                break
    # End of setup.


measure_sync(enumerate_drive)

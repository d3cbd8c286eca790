"""Enumerates the drive with drivebell, and reads all fields of each item (READ=all) or its JSON
object alone (READ=raw)."""

import os

import drivebell
from drivebell import DriveItem, Resource
from enumeration import Enumeration, measure

READ = os.environ["READ"]
# fmt: off
FIELDS = (
    "id", "deleted", "parent_id", "drive_id", "name", "size", "is_file", "is_folder", "is_package",
    "is_root", "mime_type", "child_count", "hashes", "etag", "ctag", "created_at", "modified_at",
    "created_by", "modified_by", "shared", "remote_item", "web_url",
)
# fmt: on


def all_fields(item: DriveItem) -> int:
    return sum(getattr(item, field) is not None for field in FIELDS)


def raw(item: DriveItem) -> int:
    return len(item.raw)


async def enumerate_drive(enumeration: Enumeration) -> None:
    read = {"all": all_fields, "raw": raw}[READ]
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"])
    async with client, client.changes(Resource.my_drive(), since="start") as changes:
        async for batch in changes:
            for item in batch.items:
                assert isinstance(item, DriveItem)
                enumeration.count(read(item))
            if batch.caught_up:
                break


measure(enumerate_drive)

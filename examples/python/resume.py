"""Prints what changes in a drive. After a restart or a crash, it goes on where it stopped.

    GRAPH_TOKEN=… python resume.py checkpoint

The file `checkpoint` says where to go on. The first run makes it, and begins with what changes from
then on. A program that keeps a copy of the drive begins with mirror_sqlite.py instead.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import drivebell
from drivebell import Resource


async def main(file: Path, since: str) -> None:
    credential = os.environ["GRAPH_TOKEN"]
    async with (
        drivebell.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
        client.changes(Resource.my_drive(), since=since) as changes,
    ):
        async for batch in changes:
            for item in batch.items:
                print("deleted" if item.deleted else "changed", item.name or item.id, flush=True)
            # After the items: if it is killed in between, they come again, and none is lost.
            replace(file, batch.checkpoint)
            if batch.caught_up:
                print("up to date", flush=True)


def replace(file: Path, text: str) -> None:
    """In one step, so that a crash leaves the old text or the new one."""
    new = file.with_name(f"{file.name}.new")
    with new.open("w") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    new.replace(file)


if __name__ == "__main__":
    try:
        checkpoint = Path(sys.argv[1])
        asyncio.run(main(checkpoint, checkpoint.read_text() if checkpoint.exists() else "now"))
    except KeyboardInterrupt:
        sys.exit(130)

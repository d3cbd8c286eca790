"""Keeps a drive's tree in SQLite, across restarts and crashes, and prints what happens in it.

    GRAPH_TOKEN=… python mirror_sqlite.py drive.db

The program runs until you stop it, and the next run continues where the last one stopped. Any
SQLite tool can read the file: begin with its views `item` and `path`.
"""

from __future__ import annotations

import asyncio
import os
import sys

import drivebell
from drivebell import Resource


async def main(file: str) -> None:
    credential = os.environ["GRAPH_TOKEN"]
    async with (
        drivebell.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
        client.mirror(Resource.my_drive(), file, page_size=page_size()) as mirror,
    ):
        async for change in mirror:
            # It is done when the next one is asked for. Until then the file keeps it.
            print(change.kind, change.path, flush=True)


def page_size() -> int | None:
    """The number of items to request at a time. `None`: Graph chooses."""
    given = os.environ.get("PAGE_SIZE")
    return None if given is None else int(given)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except KeyboardInterrupt:
        # Nothing is lost: the last change comes again.
        sys.exit(130)

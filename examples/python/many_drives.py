"""Mirrors many drives in one SQLite file, across restarts, and prints what happens in them.

    GRAPH_TOKEN=… python many_drives.py drives.db DRIVE_ID DRIVE_ID…

The token must be allowed to read all of them. For drives of other users, make a client for each
user, by `client.with_credential(…)`, and name it: `mirrors.add(Resource.drive(id), client=other)`.
"""

from __future__ import annotations

import asyncio
import os
import sys

import drivebell
from drivebell import Resource


async def main(file: str, drives: list[str]) -> None:
    credential = os.environ["GRAPH_TOKEN"]
    async with (
        drivebell.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
        client.mirror_all([Resource.drive(drive) for drive in drives], file) as mirrors,
    ):
        async for change in mirrors:
            if isinstance(change, drivebell.MemberEnd):
                # Graph refuses this drive for good, or it is gone. The others go on.
                print(change.resource, "has ended:", change.error, file=sys.stderr, flush=True)
                continue
            # It is done when the next one is asked for. Until then the file keeps it.
            print(change.resource, change.kind, change.path, flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], sys.argv[2:]))
    except KeyboardInterrupt:
        # Nothing is lost: the last change comes again.
        sys.exit(130)

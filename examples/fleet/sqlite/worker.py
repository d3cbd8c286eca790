"""Follows drives together with other processes on this machine. Start it twice, in two terminals:

    python worker.py drives.db one b!me b!team
    python worker.py drives.db two b!me b!team

Each drive is followed by one of them. Stop one, or kill it with `kill -9`: the other goes on with
its drives, each from where it was. What was under way when it was killed comes again, and nothing
is lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys

import drivebell
from drivebell import Resource


async def main(file: str, worker: str, ids: list[str]) -> None:
    # The loop ends after the batch at hand, and the other process gets the drives at once.
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # on Windows
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    drives = [Resource.drive(each) for each in ids]
    store = drivebell.SqliteStore(file)
    credential, url = os.environ["GRAPH_TOKEN"], os.environ.get("GRAPH_URL")
    async with (
        drivebell.Client(credential, base_url=url) as client,
        client.changes_shared(
            drives, store, since="start", worker=worker, stop_event=stop
        ) as changes,
    ):
        async for batch in changes:
            if batch.error is not None:
                print(batch.resource, "is refused:", batch.error, file=sys.stderr, flush=True)
                continue
            # Handle the items here: the batch is done when the loop asks for the next one.
            for item in batch.items:
                what = "deleted" if item.deleted else "changed"
                print(batch.resource, what, item.name or item.id, flush=True)
            if batch.caught_up:
                print(worker, "follows", len(changes.owned()), "of", len(changes), "drives")


if __name__ == "__main__":
    if len(sys.argv) < 4:
        sys.exit("missing arguments: python worker.py FILE NAME DRIVE...")
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3:]))

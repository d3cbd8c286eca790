"""Keeps a table of a drive with drivebell."""

import asyncio
import os
from typing import Any

import drivebell
from drivebell import DriveItem, Resource
from report import print_line
from table import SCALE, Table

table = Table()
scaled: dict[str, Any] = {
    "retry_min": 1 / SCALE,
    "retry_max": 60 / SCALE,
    "renew_before": 120 / SCALE,
}
options: dict[str, Any] = {
    "quiet_time": 0.3 / SCALE,
    "max_delay": 2 / SCALE,
    "lag_delays": [delay / SCALE for delay in (3, 10, 30)],
    "overlap": 120 / SCALE,
    "poll_interval": 60 / SCALE,
    "deaf_after": 300 / SCALE,
    "audit_interval": float(os.environ["AUDIT_INTERVAL"]),
}


async def main() -> None:
    caught_up = False
    # Setup:
    client = drivebell.Client(os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"], **scaled)
    async with client, client.changes(Resource.my_drive(), since="start", **options) as changes:
        async for batch in changes:
            trigger: str = batch.trigger
            mark = batch.snapshot or ""
            for item in batch.items:
                assert isinstance(item, DriveItem)
                if item.deleted:
                    table.remove(item.id, trigger=trigger)
                else:
                    row = item.name, item.parent_id, item.etag
                    table.put(item.id, *row, trigger=trigger, mark=mark)
            if batch.caught_up and mark:
                table.sweep(mark, trigger=trigger)
            # End of setup.
            if not caught_up:
                caught_up = batch.caught_up
                print_line(event="enumerated" if caught_up else "begun")
            elif batch.caught_up and trigger == "audit":
                print_line(event="audited")


asyncio.run(main())

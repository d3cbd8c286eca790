"""Follows changes with drivebell, and reports its events and its batches."""

import asyncio
import os

import drivebell
from report import Report, run

report = Report()


async def main() -> None:
    # Setup:
    client = drivebell.Client(
        os.environ["GRAPH_TOKEN"], base_url=os.environ["GRAPH_URL"], max_endpoint_age=10
    )
    async with client:
        drive = drivebell.Resource.my_drive()
        changes = client.changes(drive, since="now", deaf_after=1)
        async with changes, asyncio.TaskGroup() as tasks:
            tasks.create_task(follow(changes))
            async for event in changes.events():
                report.event(event.kind, event.reason or "")


async def follow(changes: drivebell.Changes) -> None:
    async for batch in changes:
        if batch.items:
            report.event("notification")
    # End of setup.


run(main())

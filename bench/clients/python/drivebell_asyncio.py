"""Subscribes with drivebell and reports its events: with `async for`, or with `FACE=handler` by a
handler."""

import asyncio
import os
from functools import partial

import drivebell
from report import EACH, SESSIONS, Report, run

HANDLER = os.environ.get("FACE") == "handler"

report = Report()


# Setup:
def create_client() -> drivebell.Client:
    connect = partial(
        drivebell.Client,
        os.environ["GRAPH_TOKEN"],
        base_url=os.environ["GRAPH_URL"],
        ca_bundle=os.environ.get("CA_BUNDLE"),
    )
    if EACH:
        return connect()
    # Totals: nothing may be merged, or wait for the limit of endpoint calls.
    return connect(mailbox_capacity=2**30, max_endpoint_calls_per_second=2**32 - 1)


def handle(note: drivebell.Notification) -> None:
    payload = note.payload
    if payload is None or note.coalesced:
        report.event("coalesced, or a resync", note)
        return
    report.read(payload.subscription_id, payload.list_id, payload.subscription_expires_at)


async def watch(sub: drivebell.Subscription) -> None:
    async with sub:
        if EACH:
            async for event in sub.events():
                report.event("notification" if event.kind == "changed" else event.kind, event)
        elif HANDLER:
            await sub.wait_closed()
        else:
            async for note in sub:
                handle(note)
    # End of setup.


def subscribe(client: drivebell.Client, session: int) -> drivebell.Subscription:
    drive = drivebell.Resource.drive(f"b!{session}") if session else drivebell.Resource.my_drive()
    sub = client.subscribe(drive)
    if not EACH:
        sub.on("connected", lambda _: report.event("connected"))
        sub.on("disconnected", report.handler("disconnected"))
    if HANDLER:
        sub.on("notification", handle)
    return sub


async def main() -> None:
    try:
        async with create_client() as client:
            await asyncio.gather(*(watch(subscribe(client, n)) for n in range(SESSIONS)))
    except drivebell.Error as error:
        report.event("ended", error)


run(main())

"""Subscribes with drivebell without asyncio and reports totals."""

import os

import drivebell.sync
from report import Report

report = Report()

# Setup:
client = drivebell.sync.Client(
    os.environ["GRAPH_TOKEN"],
    base_url=os.environ["GRAPH_URL"],
    ca_bundle=os.environ.get("CA_BUNDLE"),
    # Nothing may be merged.
    mailbox_capacity=2**30,
)
with client, client.subscribe(drivebell.Resource.my_drive()) as sub:
    # End of setup.
    sub.on("connected", lambda _: report.event("connected"))
    sub.on("disconnected", report.handler("disconnected"))
    # Setup:
    for note in sub:
        payload = note.payload
        if payload is None or note.coalesced:
            report.event("coalesced, or a resync", note)
            continue
        report.read(payload.subscription_id, payload.list_id, payload.subscription_expires_at)
# End of setup.

"""drivebell's face without asyncio."""

import os

import drivebell.sync
from meter import Meter, ended

meter = Meter()

# Setup:
client = drivebell.sync.Client(
    "token",
    base_url=os.environ["GRAPH_URL"],
    ca_bundle=os.environ.get("CA_BUNDLE"),
    mailbox_capacity=2**30,
)
with client, client.subscribe(drivebell.Resource.my_drive()) as sub:
    # End of setup.
    sub.on("connected", lambda _: meter.connected())
    sub.on("disconnected", ended)
    # Setup:
    for note in sub:
        payload = note.payload
        if payload is None or note.coalesced:
            ended(note)
            continue
        meter.saw(payload.subscription_id, payload.list_id, payload.subscription_expires_at)
# End of setup.

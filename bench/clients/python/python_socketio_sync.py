"""Connects with python-socketio's client without asyncio and reports its events."""

import json
import os
from urllib.parse import urlsplit

import socketio
from report import Report

report = Report()
url = os.environ["NOTIFICATION_URL"]
namespace = urlsplit(url).path


# Setup:
def handle(argument: str) -> None:
    for note in json.loads(argument)["value"]:
        report.read(note["subscriptionId"], note["resource"], note["expirationDateTime"])


sio = socketio.Client(reconnection=True)
sio.on("connect", report.handler("connected"), namespace)
sio.on("notification", report.notification(handle), namespace)
sio.on("disconnect", report.handler("disconnected"), namespace)
sio.on("connect_error", report.handler("error"), namespace)
sio.connect(url, namespaces=[namespace], transports=["websocket"], retry=True)
sio.wait()
# End of setup.
report.event("ended")

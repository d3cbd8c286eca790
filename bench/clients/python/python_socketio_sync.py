"""python-socketio's client without asyncio."""

import json
import os
from urllib.parse import urlsplit

import socketio
from meter import Meter, ended

meter = Meter()
url = os.environ["NOTIFICATION_URL"]
namespace = urlsplit(url).path


# Setup:
def saw(argument: str) -> None:
    for note in json.loads(argument)["value"]:
        meter.saw(note["subscriptionId"], note["resource"], note["expirationDateTime"])


sio = socketio.Client(reconnection=True)
sio.on("connect", meter.connected, namespace)
sio.on("notification", saw, namespace)
sio.on("disconnect", ended, namespace)
sio.connect(url, namespaces=[namespace], transports=["websocket"], retry=True)
sio.wait()
# End of setup.

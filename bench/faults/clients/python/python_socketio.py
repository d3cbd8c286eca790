import asyncio
import sys
from urllib.parse import urlsplit

import socketio
from tell import end_with_stdin, tell


async def main(url: str) -> None:
    namespace = urlsplit(url).path
    # Setup:
    sio = socketio.AsyncClient(reconnection=True)
    sio.on("connect", lambda: tell("connected"), namespace)
    sio.on("notification", lambda _: tell("notification"), namespace)
    sio.on("disconnect", lambda reason: tell("disconnected", reason), namespace)
    sio.on("connect_error", lambda why=None: tell("error", why), namespace)
    await sio.connect(url, namespaces=[namespace], transports=["websocket"], retry=True)
    await sio.wait()
    # End of setup.
    tell("ended")


end_with_stdin()
asyncio.run(main(sys.argv[1]))

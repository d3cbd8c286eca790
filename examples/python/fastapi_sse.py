"""A web page that shows the files of a drive and what happens to them, by server-sent events.

    pip install drivebell fastapi uvicorn
    GRAPH_TOKEN=… python fastapi_sse.py 8000

Then open http://127.0.0.1:8000. The drive's tree is kept in `drive.db`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import drivebell
import uvicorn
from drivebell import Resource
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse
from fastapi.sse import EventSourceResponse

Changes = list[dict[str, str | None]]

BEHIND = 20_000
"""How many changes may wait for a browser that reads slowly."""


class Browser:
    def __init__(self) -> None:
        self.waiting: Changes = []
        self.ended = False
        self.wake = asyncio.Event()

    def end(self) -> None:
        self.waiting = []
        self.ended = True
        self.wake.set()


class Browsers:
    """The open pages. What waits for one is its own, so that a slow one delays nobody."""

    def __init__(self) -> None:
        self._open: set[Browser] = set()

    def publish(self, changes: Changes) -> None:
        for browser in self._open:
            if len(browser.waiting) > BEHIND:
                # It connects again, and then loads the whole list.
                browser.end()
            elif not browser.ended:
                browser.waiting.extend(changes)
                browser.wake.set()

    async def stream(self) -> AsyncIterator[Changes]:
        browser = Browser()
        self._open.add(browser)
        try:
            while await browser.wake.wait() and not browser.ended:
                browser.wake.clear()
                changes, browser.waiting = browser.waiting, []
                yield changes
        finally:
            self._open.discard(browser)

    def close(self) -> None:
        for browser in self._open:
            browser.end()


browsers = Browsers()


async def follow(mirror: drivebell.Mirror) -> None:
    async for batch in mirror.batches():
        browsers.publish(
            [{"kind": it.kind, "path": it.path, "old_path": it.old_path} for it in batch]
        )


def ended(task: asyncio.Task[None]) -> None:
    """Stops the server if Graph refuses the token for good: the page would show nothing new."""
    if not task.cancelled() and (error := task.exception()) is not None:
        print("the drive cannot be followed any more:", error, file=sys.stderr, flush=True)
        signal.raise_signal(signal.SIGTERM)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
    credential = os.environ["GRAPH_TOKEN"]
    # Only files: a folder that is renamed comes as the changes of the files in it.
    options: dict[str, Any] = {"files_only": True, "initial": "silent"}
    async with (
        drivebell.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
        client.mirror(Resource.my_drive(), "drive.db", **options) as mirror,
    ):
        following = asyncio.create_task(follow(mirror))
        following.add_done_callback(ended)
        yield {"mirror": mirror}
        following.cancel()
        with suppress(asyncio.CancelledError, drivebell.Error):
            await following


app = FastAPI(lifespan=lifespan)


@app.get("/")
def page() -> FileResponse:
    return FileResponse(Path(__file__).with_name("fastapi_sse.html"))


@app.get("/files")
async def files(request: Request) -> list[str]:
    mirror: drivebell.Mirror = request.state.mirror
    await mirror.ready()
    # In a thread: a large drive takes a while.
    return await asyncio.to_thread(
        lambda: [path for path, item in mirror.walk("/") if item.is_file]
    )


@app.get("/changes", response_class=EventSourceResponse)
async def changes() -> AsyncIterator[Changes]:
    async for batch in browsers.stream():
        yield batch


class Server(uvicorn.Server):
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn waits until all responses have ended, and these never would.
        browsers.close()
        await super().shutdown(sockets)


if __name__ == "__main__":
    # A browser that has stopped reading may not delay the end either.
    config = uvicorn.Config(app, port=int(sys.argv[1]), timeout_graceful_shutdown=5)
    try:
        Server(config).run()
    except KeyboardInterrupt:
        sys.exit(130)

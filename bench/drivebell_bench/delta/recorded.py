"""A service that serves recorded pages: it takes the pages of a large drive from the simulator
once, and then serves them from memory, faster than any client reads them. Everything else goes to
the simulator. It reports when it has written a page of those that follow, and what is on it.

`python -m drivebell_bench.delta.recorded SIMULATOR_URL`"""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

from ..simulator import TOKEN

START = "/v1.0/me/drive/root/delta"
NEXT = b'"@odata.nextLink":"'
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


def record(simulator: str, host: str) -> dict[bytes, bytes]:
    """The responses to a full enumeration, by the target of the request."""
    connection = HTTPConnection(simulator)
    responses: dict[bytes, bytes] = {}
    target: str | None = START
    while target is not None:
        connection.request("GET", target, headers=AUTHORIZATION | {"Host": host})
        body = connection.getresponse().read()
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        responses[target.encode()] = head.encode() + body
        _, found, after = body.partition(NEXT)
        link = urlsplit(after.partition(b'"')[0].decode())
        target = f"{link.path}?{link.query}" if found else None
    connection.close()
    return responses


class Server(asyncio.Protocol):
    def __init__(self, simulator: str, host: str, responses: dict[bytes, bytes]) -> None:
        self._simulator = simulator
        self._host = host
        self._responses = responses
        self._request = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._request += data
        # Only GET requests come, which have no body.
        while b"\r\n\r\n" in self._request:
            head, _, self._request = self._request.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1]
            response = self._responses.get(target)
            if response is not None:
                self._transport.write(response)
            else:
                self._forward(target.decode())

    def _forward(self, target: str) -> None:
        is_page = "/delta" in target
        # The links of a page lead to where it was requested, the notification URL to the simulator.
        host = self._host if is_page else self._simulator
        response = forward(self._simulator, host, target)
        self._transport.write(response)
        if is_page:
            report(response, time.monotonic_ns())


def report(response: bytes, at_ns: int) -> None:
    page = json.loads(response.partition(b"\r\n\r\n")[2])
    names = [item.get("name") for item in page.get("value", [])]
    if names:
        print(json.dumps({"event": "page", "at_ns": at_ns, "names": names}), flush=True)


def forward(simulator: str, host: str, target: str) -> bytes:
    connection = HTTPConnection(simulator)
    headers = AUTHORIZATION | {"Content-Type": "application/json", "Host": host}
    connection.request("GET", target, headers=headers)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    head = (
        f"HTTP/1.1 {response.status} {response.reason}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def main(url: str) -> None:
    simulator = urlsplit(url).netloc
    responses: dict[bytes, bytes] = {}
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listener.getsockname()[1]}"
    await loop.create_server(lambda: Server(simulator, host, responses), sock=listener)
    responses |= record(simulator, host)
    print(f"listening on http://{host}", flush=True)
    # Ends with the program that started it.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

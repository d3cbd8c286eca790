"""A scripted server: plays Graph and the notification server on one loopback port, in ways that no
proper service does."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Self

WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SECRET = "s3cr3t-of-the-notification-url"


@dataclass
class Request:
    """A request whose head was read."""

    method: str
    target: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader

    async def respond(
        self, status: int, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> None:
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        self.writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await self.writer.drain()

    async def json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        await self.respond(status, json.dumps(body).encode(), headers)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def accept(self) -> None:
        """Switches to WebSocket."""
        key = self.headers["sec-websocket-key"] + WEBSOCKET_GUID
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        await self.send(
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()
        )

    async def forever(self, data: bytes) -> None:
        """Sends the same bytes until the client closes."""
        while True:
            await self.send(data)

    async def open(self, fields: dict[str, Any] | None = None) -> None:
        await self.send(text("0" + json.dumps({"sid": "s"} | (fields or {}))))

    async def join(self) -> None:
        await self.send(text('40/notifications,{"sid":"s"}'))

    async def live(self) -> None:
        """Up to the acknowledged namespace."""
        await self.accept()
        await self.open()
        await self.join()

    async def until_closed(self) -> None:
        while await self.reader.read(65536):
            pass


def frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """An unmasked WebSocket frame (RFC 6455, section 5.2)."""
    head = bytes([(0x80 if fin else 0) | opcode])
    length = len(payload)
    if length < 126:
        return head + bytes([length]) + payload
    if length < 65536:
        return head + b"\x7e" + length.to_bytes(2, "big") + payload
    return head + b"\x7f" + length.to_bytes(8, "big") + payload


def text(message: str) -> bytes:
    return frame(1, message.encode())


def event(name: str, argument: str) -> bytes:
    return text("42/notifications," + json.dumps([name, argument]))


@dataclass(frozen=True)
class Tls:
    """How the server speaks TLS, or what it sends in its place."""

    context: Callable[[], ssl.SSLContext] | None = None
    garbage: bytes = b""
    endless: bool = False


Handler = Callable[["Scripted", Request], Awaitable[None]]


@dataclass
class Scripted(AbstractContextManager["Scripted"]):
    """Serves `graph` and `socket` from a thread of its own. Counts what it receives."""

    graph: Handler
    socket: Handler
    tls: Tls | None = None
    port: int = 0
    requests: int = 0
    upgrades: int = 0
    authorizations: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        start = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self.port = start.result()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def endpoint(self, expires: str = "2099-01-01T00:00:00Z") -> dict[str, Any]:
        """The body of Graph's answer."""
        return {
            "notificationUrl": f"{self.base_url}/notifications?token={SECRET}&applicationId=a",
            "expirationDateTime": expires,
            "id": "1",
        }

    async def _start(self) -> int:
        context = self.tls.context() if self.tls and self.tls.context else None
        accept = self._send_garbage if self.tls and self.tls.garbage else self._accept
        self._server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
        return int(self._server.sockets[0].getsockname()[1])

    async def _stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send_garbage(
        self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        assert self.tls is not None
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(self.tls.garbage)
                await writer.drain()
                if not self.tls.endless:
                    await asyncio.sleep(3600)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                while True:
                    await self._serve(await read_head(reader, writer))
        except asyncio.CancelledError:
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, request: Request) -> None:
        if request.target.startswith("/socket.io/"):
            self.upgrades += 1
            await self.socket(self, request)
            await request.until_closed()
            raise ConnectionError
        self.requests += 1
        self.authorizations.append(request.headers.get("authorization", ""))
        await self.graph(self, request)


async def read_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip().split("\r\n")
    method, target, _version = first.split(" ")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Request(method, target, headers, writer, reader)

"""What whoever answers as Graph can send."""

from __future__ import annotations

import asyncio
import json
import zlib
from functools import cache
from typing import Any

from case import Case, Limits
from server import Request, Scripted

SECRET_BODY = "the-token-of-the-tests"


@cache
def bomb(pattern: bytes, megabytes: int) -> bytes:
    """A repeated pattern, compressed."""
    block = pattern * (1024 * 1024 // len(pattern))
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [compressor.compress(block) for _ in range(megabytes)]
    return b"".join(parts) + compressor.flush()


GZIP = {"Content-Encoding": "gzip"}


async def quiet_socket(_server: Scripted, request: Request) -> None:
    await request.live()


def is_delta(request: Request) -> bool:
    return "/delta" in request.target


def answering(status: int, body: bytes, headers: dict[str, str] | None = None) -> Any:
    async def graph(_server: Scripted, request: Request) -> None:
        await request.respond(status, body, headers)

    return graph


def delta(status: int, body: bytes, headers: dict[str, str] | None = None) -> Any:
    """Serves endpoints as usual, and this to delta queries."""

    async def graph(server: Scripted, request: Request) -> None:
        if is_delta(request):
            await request.respond(status, body, headers)
        else:
            await request.json(200, server.endpoint())

    return graph


async def endless_empty_pages(server: Scripted, request: Request) -> None:
    if not is_delta(request):
        await request.json(200, server.endpoint())
        return
    link = f"{server.base_url}/v1.0/me/drive/root/delta?token=t{server.requests}"
    await request.json(200, {"value": [], "@odata.nextLink": link})


async def page_and_gone(server: Scripted, request: Request) -> None:
    if not is_delta(request):
        await request.json(200, server.endpoint())
    elif server.requests % 2:
        await request.json(410, {"error": {"code": "resyncRequired", "message": ""}})
    else:
        await endless_empty_pages(server, request)


async def endpoints_of_a_moment(server: Scripted, request: Request) -> None:
    # In the past by this machine's clock, and just issued by the server's.
    body = server.endpoint("2026-01-01T00:00:00.005Z")
    await request.json(200, body, {"Date": "Thu, 01 Jan 2026 00:00:00 GMT"})


async def link_elsewhere(server: Scripted, request: Request) -> None:
    if not is_delta(request):
        await request.json(200, server.endpoint())
        return
    link = f"http://127.0.0.2:{server.port}/v1.0/me/drive/root/delta?token=t"
    await request.json(200, {"value": [], "@odata.nextLink": link})


async def link_with_a_user(server: Scripted, request: Request) -> None:
    if not is_delta(request):
        await request.json(200, server.endpoint())
        return
    link = f"http://user:pass@127.0.0.1:{server.port}/v1.0/me/drive/root/delta?token=t"
    await request.json(200, {"value": [], "@odata.nextLink": link})


async def endless_head(_server: Scripted, request: Request) -> None:
    await request.send(b"HTTP/1.1 200 OK\r\n")
    await request.forever(b"X-More: " + b"x" * 8000 + b"\r\n")


async def slow_head(_server: Scripted, request: Request) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X-More: " * 1000:
        await request.send(bytes([byte]))
        await asyncio.sleep(0.1)


async def token_in_the_answer(_server: Scripted, request: Request) -> None:
    encoded = "".join(f"%{ord(c):02x}" for c in SECRET_BODY)
    message = f"bad {SECRET_BODY} {encoded} \x1b]0;title\x07 \u202e"
    await request.json(403, {"error": {"code": "accessDenied", "message": message}})


MANY = json.dumps({"value": [{"id": str(n)} for n in range(1_000_000)], "@odata.deltaLink": "l"})
NESTED_ITEM = (
    '{"value":[{"id":"1","x":' + "[" * 100_000 + "]" * 100_000 + '}],"@odata.deltaLink":"l"}'
)

CASES = [
    Case(
        "a refusal of a delta query that inflates to 64 MiB of brackets",
        "G",
        "changes",
        delta(500, bomb(b"[", 64), GZIP),
        quiet_socket,
        "64 KiB are read; the query is repeated with growing waits",
        Limits(requests=12),
        told="still running",
    ),
    Case(
        "an endpoint that inflates to 64 MiB",
        "G",
        "endpoint",
        answering(200, bomb(b" ", 64), GZIP),
        quiet_socket,
        "64 KiB are read; a protocol error",
        Limits(),
        told="more than 65536 bytes",
    ),
    Case(
        "an endpoint of 64 KiB of brackets",
        "G",
        "endpoint",
        answering(200, b"[" * 65_000),
        quiet_socket,
        "a protocol error",
        Limits(),
        told="not a notification endpoint",
    ),
    Case(
        "a delta page that inflates to 1 GiB",
        "G",
        "changes",
        delta(200, bomb(b" ", 1024), GZIP),
        quiet_socket,
        "32 MiB are read; a protocol error",
        Limits(memory_mb=80),
        told="more than 33554432",
    ),
    Case(
        "an item nested 100,000 levels deep",
        "G",
        "changes",
        delta(200, NESTED_ITEM.encode()),
        quiet_socket,
        "64 levels are accepted; a protocol error",
        Limits(),
        told="64 levels",
    ),
    Case(
        "a page of a million items",
        "G",
        "changes",
        delta(200, MANY.encode()),
        quiet_socket,
        "20,000 items are accepted; a protocol error",
        Limits(memory_mb=80),
        told="20000 items",
    ),
    Case(
        "429 with `Retry-After: 0`, for ever",
        "G",
        "endpoint",
        answering(429, b"", {"Retry-After": "0"}),
        quiet_socket,
        "the usual waits apply, up to `retry_timeout`",
        Limits(requests=15),
        options=("retry_timeout=3",),
    ),
    Case(
        "429 with a `Retry-After` in the past, for ever",
        "G",
        "endpoint",
        answering(429, b"", {"Retry-After": "Thu, 01 Jan 1998 00:00:00 GMT"}),
        quiet_socket,
        "the usual waits apply, up to `retry_timeout`",
        Limits(requests=15),
        options=("retry_timeout=3",),
    ),
    Case(
        "`Retry-After: 1e400`, with a `max_retry_after` of decades",
        "G",
        "endpoint",
        answering(429, b"", {"Retry-After": "1e400"}),
        quiet_socket,
        "the call fails with a pause that the clock can count",
        Limits(requests=1),
        options=("max_retry_after=1e9",),
        told="throttl",
    ),
    Case(
        "empty delta pages with new links, for ever",
        "G",
        "changes",
        endless_empty_pages,
        quiet_socket,
        "eight without a wait, then with growing waits",
        Limits(requests=30),
        told="still running",
    ),
    Case(
        "an empty delta page and 410 in turn, for ever",
        "G",
        "changes",
        page_and_gone,
        quiet_socket,
        "eight without a wait, then with growing waits",
        Limits(requests=30),
        told="still running",
    ),
    Case(
        "endpoints that live for milliseconds",
        "G",
        "subscribe",
        endpoints_of_a_moment,
        quiet_socket,
        "growing waits between endpoints, until one lasts",
        Limits(requests=20),
        told="still running",
    ),
    Case(
        "a link to another origin",
        "G",
        "changes",
        link_elsewhere,
        quiet_socket,
        "the token is not sent there; a protocol error",
        Limits(requests=3),
        told="does not lead",
    ),
    Case(
        "a link with a user and a password",
        "G",
        "changes",
        link_with_a_user,
        quiet_socket,
        "not followed; a protocol error",
        Limits(requests=3),
        told="link",
    ),
    Case(
        "a redirect",
        "G",
        "endpoint",
        answering(302, b"", {"Location": "http://127.0.0.2:1/"}),
        quiet_socket,
        "not followed; an error",
        Limits(requests=1),
        told="redirects are not followed",
    ),
    Case(
        "a head without an end",
        "G",
        "endpoint",
        endless_head,
        quiet_socket,
        "some hundred KiB are read; the connection is closed",
        Limits(),
        options=("retry_timeout=0",),
        told="closed the connection",
    ),
    Case(
        "a head, byte by byte",
        "G",
        "endpoint",
        slow_head,
        quiet_socket,
        "`request_timeout`",
        Limits(seconds=9),
        options=("request_timeout=1", "retry_timeout=0"),
        told="did not answer in time",
    ),
    Case(
        "our token in a message, encoded, with commands to a terminal",
        "G",
        "endpoint",
        token_in_the_answer,
        quiet_socket,
        "the message is not shown",
        Limits(requests=1),
        told="403",
        never=(SECRET_BODY, "\x1b", "%74%68"),
        options=("first_refusal_timeout=0",),
    ),
]

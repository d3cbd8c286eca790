"""What the notification server can send."""

from __future__ import annotations

import json
from typing import Any

from case import Case, Limits
from server import SECRET, Request, Scripted, event, frame, text


async def graph(server: Scripted, request: Request) -> None:
    if "/delta" in request.target:
        await request.json(
            200,
            {
                "value": [],
                "@odata.deltaLink": server.base_url + "/v1.0/me/drive/root/delta?token=t",
            },
        )
    else:
        await request.json(200, server.endpoint())


def flood(data: bytes, *, live: bool = True, opened: bool = True, times: int | None = None) -> Any:
    """Sends the same bytes again and again, after the connection is live, open or accepted."""
    # Many at a time, or this server would be the slow one.
    block = data * max(1, 256 * 1024 // len(data))

    async def socket(_server: Scripted, request: Request) -> None:
        await request.accept()
        if opened:
            await request.open()
        if live:
            await request.join()
        if times is None:
            await request.forever(block)
        for _ in range(times or 0):
            await request.send(data)

    return socket


def sending(*frames: bytes) -> Any:
    async def socket(_server: Scripted, request: Request) -> None:
        await request.live()
        for data in frames:
            await request.send(data)

    return socket


async def open_packet_of_hours(_server: Scripted, request: Request) -> None:
    await request.accept()
    await request.open({"pingInterval": 10**18, "pingTimeout": 10**18, "sid": "x" * 500_000})
    await request.join()


async def secret_in_a_close(_server: Scripted, request: Request) -> None:
    await request.live()
    spelled = "".join(f"&#{ord(c)};" for c in SECRET)[:100]
    await request.send(frame(8, (1000).to_bytes(2, "big") + f"{spelled}\x1b[31m".encode()[:120]))


async def secret_in_a_refusal(_server: Scripted, request: Request) -> None:
    await request.accept()
    await request.open()
    encoded = "".join(f"%{ord(c):02X}" for c in SECRET)
    await request.send(
        text("44/notifications," + json.dumps({"message": f"no {encoded} {SECRET}"}))
    )


MEGABYTE = event("notification", json.dumps({"value": [{"siteUrl": "x" * 1_000_000}]}))
NEVER = (SECRET, "\x1b")

CASES = [
    Case(
        "events of an unknown name, without a pause",
        "N",
        "subscribe",
        graph,
        flood(event("unknown", "x")),
        "each is skipped; five records a second are logged",
        Limits(memory_mb=30, cpu=1.1),
        told="still running",
    ),
    Case(
        "events of 1 MB, without a pause, for a consumer that does not read",
        "N",
        "stalled",
        graph,
        flood(MEGABYTE),
        "8 MiB wait; further ones merge",
        Limits(memory_mb=60, cpu=1.1),
        told="still running",
    ),
    Case(
        "Engine.IO pings before the open packet, without a pause",
        "N",
        "subscribe",
        graph,
        flood(text("2"), opened=False, live=False),
        "256 frames before the connection is live; a protocol error",
        Limits(requests=20),
        told="256 frames",
    ),
    Case(
        "WebSocket pings before the open packet, without a pause",
        "N",
        "subscribe",
        graph,
        flood(frame(9, b""), opened=False, live=False),
        "256 frames before the connection is live; a protocol error",
        Limits(requests=20),
        told="256 frames",
    ),
    Case(
        "Engine.IO pings before the join, without a pause",
        "N",
        "subscribe",
        graph,
        flood(text("2"), live=False),
        "256 frames before the connection is live; a protocol error",
        Limits(requests=20),
        told="256 frames",
    ),
    Case(
        "WebSocket pings on a live connection, without a pause",
        "N",
        "subscribe",
        graph,
        flood(frame(9, b"x" * 125)),
        "answered as long as our answers are read",
        Limits(memory_mb=30, cpu=1.1),
        told="connected",
    ),
    Case(
        "a frame that announces 2 GiB",
        "N",
        "subscribe",
        graph,
        sending(b"\x81\x7f" + (2**31).to_bytes(8, "big")),
        "refused by its head: `max_message_size`",
        Limits(requests=20),
        told="size limit",
    ),
    Case(
        "a message in fragments, without an end",
        "N",
        "subscribe",
        graph,
        flood(frame(0, b"x" * 1000, fin=False), live=True),
        "refused: the first fragment is missing",
        Limits(requests=20),
        told="protocol",
    ),
    Case(
        "a message of empty fragments, without an end",
        "N",
        "subscribe",
        graph,
        sending(frame(1, b"42", fin=False), frame(0, b"", fin=False) * 100_000),
        "read as long as it has at most `max_message_size` bytes",
        Limits(),
        told="connected",
    ),
    Case(
        "a payload nested 100,000 levels deep",
        "N",
        "subscribe",
        graph,
        sending(event("notification", "[" * 100_000)),
        "it cannot be read: a resync",
        Limits(),
        told="resync",
    ),
    Case(
        "an event with 50,000 notifications",
        "N",
        "subscribe",
        graph,
        sending(event("notification", json.dumps({"value": [{}] * 50_000}))),
        "1,024 wait; further ones merge",
        Limits(),
        told="changed",
    ),
    Case(
        "an open packet with a sid of 500 KB and a heartbeat of centuries",
        "N",
        "subscribe",
        graph,
        open_packet_of_hours,
        "the sid is ignored; silence for more than ten minutes ends the connection",
        Limits(),
        told="connected",
    ),
    Case(
        "the notification URL in a close frame, with commands to a terminal",
        "N",
        "subscribe",
        graph,
        secret_in_a_close,
        "not shown",
        Limits(requests=20),
        told="closed",
        never=NEVER,
    ),
    Case(
        "the notification URL in the refusal of the namespace",
        "N",
        "subscribe",
        graph,
        secret_in_a_refusal,
        "not shown",
        Limits(requests=20),
        told="refused the namespace",
        never=NEVER,
    ),
    Case(
        "a binary frame",
        "N",
        "subscribe",
        graph,
        sending(frame(2, b"x")),
        "a protocol error",
        Limits(requests=20),
        told="binary",
    ),
    Case(
        "a frame that is masked",
        "N",
        "subscribe",
        graph,
        sending(b"\x81\x81\x00\x00\x00\x00x"),
        "a protocol error",
        Limits(requests=20),
        told="mask",
    ),
    Case(
        "a frame with reserved bits",
        "N",
        "subscribe",
        graph,
        sending(b"\xf1\x01x"),
        "a protocol error",
        Limits(requests=20),
        told="eserved",
    ),
    Case(
        "text that is not UTF-8",
        "N",
        "subscribe",
        graph,
        sending(frame(1, b"\xff\xfe")),
        "a protocol error",
        Limits(requests=20),
        told="UTF-8",
    ),
]

"""A connection to NATS that outlives its restarts."""

from __future__ import annotations

import nats
from nats.aio.client import Client


async def connect(url: str) -> Client:
    return await nats.connect(
        url,
        allow_reconnect=True,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.1,
        error_cb=ignore,
    )


async def ignore(_: Exception) -> None:
    """NATS is stopped on purpose."""

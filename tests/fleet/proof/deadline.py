"""Waiting for something that must happen, and no longer than it may take."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

DEADLINE = 60.0
"""Seconds. Long enough for a busy machine; only a failure takes so long."""


def wait_until(happened: Callable[[], bool], what: str, deadline: float = DEADLINE) -> None:
    end = time.monotonic() + deadline
    while not happened():
        assert time.monotonic() < end, f"not within {deadline} s: {what}"
        time.sleep(0.01)


async def until(
    happened: Callable[[], Awaitable[bool]],
    what: str,
    *,
    deadline: float = DEADLINE,
    interval: float = 0.1,
) -> None:
    end = time.monotonic() + deadline
    while not await happened():
        assert time.monotonic() < end, f"not within {deadline} s: {what}"
        await asyncio.sleep(interval)

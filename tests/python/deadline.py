from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 20.0
"""Seconds: far more than anything here takes, and less than a patient person waits."""


async def soon(awaitable: Awaitable[T]) -> T:
    """The result, or a failed test when it does not come."""
    async with asyncio.timeout(DEADLINE):
        return await awaitable


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits for something outside this process, which cannot be awaited, to come true."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE = 60.0
"""Seconds: much longer than any step of a test takes."""


async def soon(awaitable: Awaitable[T]) -> T:
    """Returns the result, or fails the test if it takes too long."""
    async with asyncio.timeout(DEADLINE):
        return await awaitable


async def eventually(condition: Callable[[], bool]) -> None:
    """Waits until a condition outside this process, which cannot be awaited, is true."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)

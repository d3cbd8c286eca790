"""Waiting for what comes from Rust, one thing after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """What can be taken from, and armed to wake whoever found nothing."""

    def try_next(self) -> T_co | None: ...
    def arm(self, event_loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> bool: ...


async def next_of(source: Source[T_co]) -> T_co:
    """What comes next. It is taken only when it is returned, so that a cancelled wait loses
    nothing."""
    loop = asyncio.get_running_loop()
    while True:
        taken = source.try_next()
        if taken is not None:
            return taken
        woken: asyncio.Future[None] = loop.create_future()

        def wake(woken: asyncio.Future[None] = woken) -> None:
            if not woken.done():
                woken.set_result(None)

        if not source.arm(loop, wake):
            await woken

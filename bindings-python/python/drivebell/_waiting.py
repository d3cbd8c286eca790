"""Waiting for the items of a native source."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """A native queue of events or batches, with one consumer."""

    def try_next(self) -> T_co | None:
        """Takes the next item; `None` if there is none yet, `StopAsyncIteration` at the end."""

    def arm(self, event_loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> bool:
        """Arranges for one call of `wake` on the loop's thread when an item is there. Returns True
        if one is there already; then `wake` is not called."""


async def next_of(source: Source[T_co]) -> T_co:
    """Waits for the next item. It is taken only when it is returned, so that a cancelled wait loses
    nothing."""
    loop = asyncio.get_running_loop()
    while True:
        item = source.try_next()
        if item is not None:
            return item
        woken: asyncio.Future[None] = loop.create_future()

        def wake(woken: asyncio.Future[None] = woken) -> None:
            if not woken.done():
                woken.set_result(None)

        if not source.arm(loop, wake):
            await woken

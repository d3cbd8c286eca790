"""Awaiting what runs in Rust."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ._native import Call

T = TypeVar("T")
Settle = Callable[[T | None, BaseException | None], None]


async def call(start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> T:
    """The result of a native call; cancelling the task gives the call up."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # type: ignore[arg-type]  # None is a T where calls give none

    under_way = start(loop, settle)
    try:
        return await future
    except asyncio.CancelledError:
        under_way.cancel()
        raise

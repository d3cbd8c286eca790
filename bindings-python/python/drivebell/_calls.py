"""Awaiting calls that run in Rust."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ._errors import StateError
from ._native import Call

T = TypeVar("T")
Settle = Callable[[T | None, BaseException | None], None]
"""Called once on the loop's thread, with the result or the exception."""


def running_loop(call: str = "this call") -> asyncio.AbstractEventLoop:
    """asyncio's loop of this thread. Raises `StateError` where none runs, as under trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise StateError(
            f"{call} needs a running event loop of asyncio: call it in async code, or use"
            " drivebell.sync (under trio, in trio.to_thread.run_sync)"
        ) from None


async def call(start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> T:
    """Starts a native call and returns its result. Cancelling the task cancels the call."""
    loop = running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)  # type: ignore[arg-type]  # a call without a result has T = None

    native_call = start(loop, settle)
    try:
        return await future
    except asyncio.CancelledError:
        native_call.cancel()
        raise

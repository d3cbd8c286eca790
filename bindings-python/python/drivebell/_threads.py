"""Running what may block."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


async def in_thread(function: Callable[[A], T], argument: A) -> T:
    """As `asyncio.to_thread`, but in a thread that nothing waits for: neither the end of the loop
    nor that of the program is held up by a function that hangs."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Callable[[], T]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(outcome: Callable[[], T]) -> None:
        if not future.done():
            future.set_result(outcome)

    def run() -> None:
        outcome = _outcome(lambda: context.run(function, argument))
        # A loop that is closed has nobody left to tell.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="drivebell-credential", daemon=True).start()
    return (await future)()


def _outcome(function: Callable[[], T]) -> Callable[[], T]:
    """What it returned or raised, to be returned or raised elsewhere."""
    try:
        result = function()
    except BaseException as error:
        raised = error

        def rethrow() -> T:
            raise raised

        return rethrow
    return lambda: result

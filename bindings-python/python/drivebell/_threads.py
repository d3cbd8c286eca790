"""Running functions that may block."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar

A = TypeVar("A")
T = TypeVar("T")


async def run_in_daemon_thread(function: Callable[[A], T], argument: A) -> T:
    """Like `asyncio.to_thread`, but a function that hangs delays neither the end of the loop nor
    that of the program."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Callable[[], T]] = loop.create_future()
    context = contextvars.copy_context()

    def settle(outcome: Callable[[], T]) -> None:
        if not future.done():
            future.set_result(outcome)

    def run() -> None:
        outcome = _outcome(lambda: context.run(function, argument))
        # If the loop is closed, nothing waits for the outcome.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name="drivebell-credential", daemon=True).start()
    return (await future)()


def _outcome(function: Callable[[], T]) -> Callable[[], T]:
    """Calls the function; the returned one returns or raises what it did."""
    try:
        result = function()
    except BaseException as error:
        raised = error

        def rethrow() -> T:
            raise raised

        return rethrow
    return lambda: result

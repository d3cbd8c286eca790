"""Waiting for the items of a native source."""

from __future__ import annotations

import asyncio
import builtins
import math
from collections.abc import AsyncIterator, Callable
from typing import Protocol, TypeVar

from ._calls import running_loop
from ._errors import StateError, TimeoutError, invalid

T = TypeVar("T")
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
    loop = running_loop()
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


async def next_in_time(iterator: AsyncIterator[T], timeout: float | None) -> T:  # noqa: ASYNC109
    """The iterator's next item."""
    check_timeout(timeout)
    running_loop()
    try:
        # An item that is there is taken before the deadline ends the wait.
        async with asyncio.timeout(timeout):
            return await anext(iterator)
    except builtins.TimeoutError as error:
        if isinstance(error, TimeoutError):
            # That which has ended the session.
            raise
        raise nothing_came(timeout) from None
    except StopAsyncIteration:
        raise nothing_follows() from None


def check_timeout(timeout: object) -> None:
    if timeout is None:
        return
    is_number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not is_number or math.isnan(timeout) or timeout < 0:  # type: ignore[arg-type, operator]
        raise invalid("timeout", f"must be a number of seconds, 0 or more, not {timeout!r}")


def nothing_came(timeout: float | None) -> TimeoutError:
    says = f"nothing came within {timeout:g} s: wait again, nothing is lost"
    return TimeoutError(says, retryable=True)


def nothing_follows() -> StateError:
    return StateError("this is closed: nothing follows")

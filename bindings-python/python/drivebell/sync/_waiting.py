"""Waiting for native calls and sources without an event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from .._calls import Settle
from .._errors import StateError
from .._native import Call
from .._waiting import Source, check_timeout, nothing_came, nothing_follows
from ._program_exit import program_exit

_LONG = threading.TIMEOUT_MAX
_LAST_CALL = 1.0

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _InlineLoop:
    """The part of an event loop that native calls use. It runs a callback at once, on the bridge's
    thread; so a callback must neither block nor raise."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *arguments: Any) -> None:
        callback(*arguments)

    def is_closed(self) -> bool:
        return False


INLINE_LOOP = cast(asyncio.AbstractEventLoop, _InlineLoop())


class InterruptibleEvent:
    """A `threading.Event` for one waiting thread, whose wait a signal interrupts."""

    def __init__(self) -> None:
        self._unset = threading.Lock()
        self._unset.acquire()

    def set(self) -> None:
        """Ends the wait. May be called several times."""
        with contextlib.suppress(RuntimeError):
            self._unset.release()

    def wait(
        self, deadline: float | None = None, *, is_over: Callable[[], bool] | None = None
    ) -> bool:
        """Waits until `set` is called, `is_over()`, or the program exits. False if that was not
        before this time of `time.monotonic`."""
        # Python handles signals on the main thread. Some do not end the wait for a lock: all of
        # them on Windows; elsewhere, one that arrives just before the thread starts to wait.
        is_main = threading.current_thread() is threading.main_thread()
        slice_ = 0.1 if is_main or is_over is not None else _LONG
        with program_exit.ends(self):
            while True:
                left = slice_ if deadline is None else deadline - time.monotonic()
                if self._unset.acquire(timeout=min(max(left, 0), slice_)):
                    return True
                if is_over is not None and is_over():
                    return True
                if deadline is not None and left <= slice_:
                    return False


def next_of(
    source: Source[T_co],
    deadline: float | None = None,
    *,
    is_over: Callable[[], bool] | None = None,
) -> T_co:
    """Waits for the next item. It is taken only when it is returned, so that an interrupted wait
    loses nothing. Gives up at this time of `time.monotonic`, and ends when `is_over()`, or when the
    program exits."""
    while True:
        if program_exit.ends_this_thread() or (is_over is not None and is_over()):
            raise StopIteration
        try:
            item = source.try_next()
        except StopAsyncIteration:
            raise StopIteration from None
        if item is not None:
            return item
        woken = InterruptibleEvent()
        armed = not source.arm(INLINE_LOOP, woken.set)
        if armed and not woken.wait(deadline, is_over=is_over):
            raise _TooLateError


class _TooLateError(Exception):
    """The deadline has come."""


def next_in_time(next_until: Callable[[float | None], T], timeout: float | None) -> T:
    """What comes next."""
    check_timeout(timeout)
    try:
        return next_until(None if timeout is None else time.monotonic() + timeout)
    except _TooLateError:
        raise nothing_came(timeout) from None
    except StopIteration:
        raise nothing_follows() from None


class CallCancelledError(Exception):
    """Another thread cancelled the call."""


class BlockingCall(Generic[T]):
    """A native call that one thread waits for and any thread may cancel."""

    def __init__(self, start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> None:
        self._done = InterruptibleEvent()
        self._outcome: tuple[T | None, BaseException | None] | None = None
        self._call = start(INLINE_LOOP, self._settle)

    def result(self, is_over: Callable[[], bool] | None = None) -> T:
        """Waits for the call, and returns or raises what it does; `CallCancelledError` if it was
        cancelled. An interrupt, and `is_over()`, cancel the call."""
        try:
            self._done.wait(is_over=is_over)
            if self._outcome is None and program_exit.has_begun():
                # Long enough for a goodbye to the server.
                self._done.wait(time.monotonic() + _LAST_CALL)
        except BaseException:
            self._call.cancel()
            raise
        if self._outcome is None:
            self._call.cancel()
            if program_exit.has_begun():
                raise StateError("the program exits, and its threads with it")
            raise CallCancelledError
        value, error = self._outcome
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # a call without a result has T = None

    def cancel(self) -> None:
        """Cancels the call and ends the wait."""
        self._call.cancel()
        self._done.set()

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        self._outcome = (value, error)
        self._done.set()


def call(start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> T:
    """Starts a native call and returns its result. An interrupt cancels the call."""
    return BlockingCall(start).result()

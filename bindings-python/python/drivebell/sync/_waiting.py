"""Waiting, without an event loop, for what comes from Rust."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from .._calls import Settle
from .._native import Call
from .._waiting import Source

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _Directly:
    """What native calls use of an event loop, without one: a callback runs at once, on the thread
    that brings it, and so must neither wait nor raise."""

    def call_soon_threadsafe(self, callback: Callable[..., object], *arguments: Any) -> None:
        callback(*arguments)

    def is_closed(self) -> bool:
        return False


DIRECTLY = cast(asyncio.AbstractEventLoop, _Directly())


class InterruptibleEvent:
    """A `threading.Event` for one waiting thread, whose wait a signal interrupts."""

    def __init__(self) -> None:
        self._unset = threading.Lock()
        self._unset.acquire()

    def set(self) -> None:
        """Ends the wait. May be called several times."""
        with contextlib.suppress(RuntimeError):
            self._unset.release()

    def wait(self) -> None:
        """Waits until `set` is called."""
        # Python handles signals on the main thread. Some do not end the wait for a lock: all of
        # them on Windows; elsewhere, one that arrives just before the thread starts to wait.
        timeout = 0.1 if threading.current_thread() is threading.main_thread() else -1
        while not self._unset.acquire(timeout=timeout):
            pass


def next_of(source: Source[T_co]) -> T_co:
    """What comes next. It is taken only when it is returned, so that an interrupted wait loses
    nothing."""
    while True:
        try:
            taken = source.try_next()
        except StopAsyncIteration:
            raise StopIteration from None
        if taken is not None:
            return taken
        woken = InterruptibleEvent()
        if not source.arm(DIRECTLY, woken.set):
            woken.wait()


class GivenUpError(Exception):
    """Another thread has given a call up."""


class Waiting(Generic[T]):
    """One native call, which one thread waits for and any may give up."""

    def __init__(self, start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> None:
        self._done = InterruptibleEvent()
        self._outcome: tuple[T | None, BaseException | None] | None = None
        self._call = start(DIRECTLY, self._settle)

    def result(self) -> T:
        """What the call returns or raises; `GivenUpError` if it was given up."""
        try:
            self._done.wait()
        except BaseException:
            self._call.cancel()
            raise
        if self._outcome is None:
            raise GivenUpError
        value, error = self._outcome
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # None is a T where calls give none

    def give_up(self) -> None:
        """Wakes who waits."""
        self._call.cancel()
        self._done.set()

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        self._outcome = (value, error)
        self._done.set()


def call(start: Callable[[asyncio.AbstractEventLoop, Settle[T]], Call]) -> T:
    """The result of a native call; an interrupt gives the call up."""
    return Waiting(start).result()

"""Deadlines for tests whose calls block a thread, and which threads there are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from deadline import DEADLINE

T = TypeVar("T")


def start_thread(work: Callable[[], T]) -> Future[T]:
    """Runs the function on a daemon thread."""
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def soon(work: Callable[[], T]) -> T:
    """Returns the result, or fails the test if it takes too long."""
    return start_thread(work).result(DEADLINE)


def until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()

    def wait() -> None:
        while not condition():
            pause.wait(0.01)

    soon(wait)


def credential_threads() -> int:
    """How many threads wait for credentials, or for such work."""
    return sum(thread.name == "drivebell-credential" for thread in threading.enumerate())

"""Running functions that may block."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

MAX_THREADS = 64
"""How many functions may block at the same time. Further ones wait for their turn."""

_IDLE_SECONDS = 5.0
"""How long a thread without work waits for more."""

Job = Callable[[], None]


class DaemonThreads:
    """Daemon threads for functions that may hang: they delay neither the end of a loop nor that of
    the program. `concurrent.futures` joins its threads when the interpreter exits."""

    def __init__(self, limit: int = MAX_THREADS, name: str = "drivebell-credential") -> None:
        self._limit = limit
        self._name = name
        self._changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._threads = 0
        self._idle = 0

    def submit(self, job: Job) -> None:
        """Runs a job, which must not raise, in the order of submission."""
        with self._changed:
            self._jobs.append(job)
            if self._idle >= len(self._jobs):
                self._changed.notify()
            elif self._threads < self._limit:
                self._threads += 1
                threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def remove(self, job: Job) -> bool:
        """Removes a job that has not begun. Returns false if it has."""
        with self._changed:
            try:
                self._jobs.remove(job)
            except ValueError:
                return False
            return True

    def _run(self) -> None:
        while (job := self._next()) is not None:
            job()
            # Nothing of it, such as a credential, is kept while the thread is idle.
            del job

    def _next(self) -> Job | None:
        with self._changed:
            deadline = time.monotonic() + _IDLE_SECONDS
            while not self._jobs:
                self._idle += 1
                try:
                    self._changed.wait(deadline - time.monotonic())
                finally:
                    self._idle -= 1
                if not self._jobs and time.monotonic() >= deadline:
                    self._threads -= 1
                    return None
            return self._jobs.popleft()


class _OfThisProcess:
    """A forked child does not inherit its parent's threads."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._threads = DaemonThreads()

    def get(self) -> DaemonThreads:
        if self._pid != os.getpid():
            self._threads = DaemonThreads()
            self._pid = os.getpid()
        return self._threads


_CREDENTIAL_THREADS = _OfThisProcess()


def credential_threads() -> DaemonThreads:
    """The threads of all credentials of this process."""
    return _CREDENTIAL_THREADS.get()

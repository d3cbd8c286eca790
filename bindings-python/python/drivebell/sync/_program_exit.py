"""The exit of the program, which ends the waits of its threads.

Python waits for ordinary threads at the end of the main thread, and nobody else ends their loops.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Protocol

logger = logging.getLogger("drivebell")


class _Waiting(Protocol):
    def set(self) -> None: ...


class ProgramExit:
    """Whether the main thread has ended, and what waits until then."""

    def __init__(self) -> None:
        self._begun = False
        self._waiting: set[_Waiting] = set()

    def begin(self) -> None:
        self._begun = True
        for waiting in self._waiting.copy():
            waiting.set()

    def has_begun(self) -> bool:
        return self._begun

    @contextlib.contextmanager
    def ends(self, waiting: _Waiting) -> Iterator[None]:
        """Sets `waiting` when the program exits."""
        self._waiting.add(waiting)
        if self._begun:
            waiting.set()
        try:
            yield
        finally:
            self._waiting.discard(waiting)

    def ends_this_thread(self) -> bool:
        """Whether a loop of this thread must end. Says so in the log."""
        thread = threading.current_thread()
        if not self._begun or thread is threading.main_thread():
            return False
        if not thread.daemon:
            logger.warning(
                "the main thread has ended, so the loop of the thread %r ends: join the thread in"
                " the main thread to let it go on",
                thread.name,
            )
        return True


program_exit = ProgramExit()

# concurrent.futures ends its threads in the same way. `atexit` comes too late: Python calls its
# functions after the threads have ended.
with contextlib.suppress(AttributeError, RuntimeError):
    threading._register_atexit(program_exit.begin)  # type: ignore[attr-defined]

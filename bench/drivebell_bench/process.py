"""A child process whose lines are read as they come, and which never outlives its owner."""

from __future__ import annotations

import os
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

KEPT = 2000
"""A program that is told the same thing in a tight loop must not fill the memory."""


@dataclass(frozen=True)
class Line:
    at: float
    """By `time.monotonic`."""
    text: str


class Process:
    """Runs while it is entered. Its stdin stays open: the programs here end when it closes."""

    def __init__(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> None:
        self.lines: queue.Queue[Line | None] = queue.Queue()
        """None at the end."""
        self.printed = 0
        self._process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # What a library logs is not what it tells the program.
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | dict(environment or {}),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(timeout=5)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            self.printed += 1
            if self.printed <= KEPT:
                self.lines.put(Line(time.monotonic(), text))
        self.lines.put(None)

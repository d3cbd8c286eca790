"""A child process that prints lines of JSON and ends when its stdin does."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

MAX_LINES = 2000
"""A program that reports the same event in a tight loop must not fill the memory."""


class VoidError(Exception):
    """This run proves nothing: something was lost, merged or late, or has failed."""


@dataclass(frozen=True)
class Line:
    at: float
    """When it arrived, by `time.monotonic`."""
    text: str


# Node reads these certificates when it starts, and keeps 2 MB of them.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "NODE_EXTRA_CA_CERTS"}


class Process:
    """Runs until it is killed, at the latest when its context is left.

    `core` pins it to one processor core. With `quiet` its stderr is dropped."""

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str] | None = None,
        *,
        core: str | None = None,
        quiet: bool = False,
    ) -> None:
        self.lines: queue.Queue[Line | None] = queue.Queue()
        """None at the end."""
        self.printed = 0
        pinned = [] if core is None else ["taskset", "-c", core]
        self._process = subprocess.Popen(
            [*pinned, *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            env=ENVIRONMENT | dict(environment or {}),
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
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def text(self, seconds: float) -> str:
        """The next line, which must arrive within this time."""
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            raise VoidError(f"no output for {seconds:.0f} s") from None
        if line is None:
            raise VoidError("the program has ended")
        return line.text

    def json(self, seconds: float) -> dict[str, Any]:
        """The next line, as an object."""
        found: dict[str, Any] = json.loads(self.text(seconds))
        return found

    def event(self, name: str, seconds: float) -> dict[str, Any]:
        """The next line, which must report this event."""
        line = self.json(seconds)
        if line.pop("event") != name:
            raise VoidError(f"not {name!r}, but {line}")
        return line

    def end(self, seconds: float) -> None:
        """Waits until the program has ended by itself."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                if self.lines.get(timeout=left) is None:
                    return
            except queue.Empty:
                break
        raise VoidError(f"the program has not ended within {seconds:.0f} s")

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def close_stdin(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def memory_kb(self) -> int:
        """The resident memory."""
        return self._status("VmRSS")

    def peak_kb(self) -> int:
        """The peak of the resident memory."""
        return self._status("VmHWM")

    def cpu_seconds(self) -> float:
        """The CPU time of the living threads, by the scheduler's own count."""
        threads = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((t / "schedstat").read_text().split()[0]) for t in threads) / 1e9

    def _status(self, field: str) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            self.printed += 1
            if self.printed <= MAX_LINES:
                self.lines.put(Line(time.monotonic(), text))
        self.lines.put(None)

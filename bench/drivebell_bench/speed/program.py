"""A program on a core of its own that prints lines of JSON, and ends with its stdin."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class VoidError(Exception):
    """This run says nothing: something was lost, merged or late, or has failed."""


class Program:
    def __init__(
        self, command: Sequence[str | Path], core: str, environment: Mapping[str, str]
    ) -> None:
        self._process = subprocess.Popen(
            ["taskset", "-c", core, *map(str, command)],
            env=os.environ | dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        self._arrived = b""

    def line(self, seconds: float) -> dict[str, Any]:
        """The next line, which must come within that time."""
        assert self._process.stdout is not None
        deadline = time.monotonic() + seconds
        while b"\n" not in self._arrived:
            left = deadline - time.monotonic()
            if left <= 0 or not self._selector.select(left):
                raise VoidError(f"nothing for {seconds:.0f} s")
            some = self._process.stdout.read()
            if some == b"":
                raise VoidError("it ended")
            self._arrived += some or b""
        line, _, self._arrived = self._arrived.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        if "void" in told:
            raise VoidError(told["void"])
        return told

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def end(self, seconds: float) -> dict[str, Any]:
        """What it says at the end of its stdin."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self.line(seconds)

    def memory_kb(self) -> int:
        """What is resident."""
        return self._status("VmRSS")

    def peak_kb(self) -> int:
        """The most that was resident."""
        return self._status("VmHWM")

    def _status(self, field: str) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1])

    def cpu_seconds(self) -> float:
        """What its living threads have used, by the scheduler's own count."""
        threads = Path(f"/proc/{self._process.pid}/task").iterdir()
        return sum(int((t / "schedstat").read_text().split()[0]) for t in threads) / 1e9

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()
        self._selector.close()

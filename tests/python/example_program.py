"""An example that runs as its user runs it: started, watched, stopped by a signal or killed."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from deadline import DEADLINE

from simulator import REPOSITORY, TOKEN, Simulator

EXAMPLES = REPOSITORY / "examples/python"


class Program:
    """A running program. Leaving the context kills it. Its output has no limit of time or size."""

    def __init__(
        self,
        command: Sequence[str | Path],
        simulator: Simulator,
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        # A background job of a shell ignores SIGINT, and so would its children.
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        self.output: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ
            | {"GRAPH_TOKEN": TOKEN, "GRAPH_URL": simulator.base_url, "PYTHONUNBUFFERED": "1"}
            | dict(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, part: str, seconds: float = DEADLINE) -> str:
        """Takes lines up to the first one that has this part."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {part!r} in {self.output}") from None
            assert line is not None, f"it ended without {part!r}: {self.output}"
            self.output.append(line)
            if part in line:
                return line

    def come(self) -> list[str]:
        """Takes the lines that are there. Returns all lines."""
        with contextlib.suppress(queue.Empty):
            while (line := self._lines.get_nowait()) is not None:
                self.output.append(line)
        return self.output

    def rest(self) -> list[str]:
        """Takes the lines up to the end of its output, after it has ended. Returns all lines."""
        while (line := self._lines.get(timeout=DEADLINE)) is not None:
            self.output.append(line)
        return self.output

    def stop(self, by: signal.Signals) -> int:
        """Sends the signal, and returns the exit code: if that ended it, minus its number."""
        self.process.send_signal(by)
        return self.process.wait(DEADLINE)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._lines.put(line)
        self._lines.put(None)


def example(simulator: Simulator, folder: Path, name: str, *arguments: str) -> Program:
    """A Python example that needs nothing but drivebell."""
    program = str(EXAMPLES / name)
    return Program([sys.executable, "-W", "error", program, *arguments], simulator, folder)

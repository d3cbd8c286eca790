"""Programs that a test starts end with it."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from deadline import DEADLINE

Process = TypeVar("Process", bound=subprocess.Popen[Any])


@contextmanager
def watched(process: Process, seconds: float = DEADLINE) -> Iterator[Process]:
    """Kills the process at the end of the context, or after these seconds: if a program prints
    nothing, its output ends then, and the assertion about it fails."""
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.start()
    with process:
        try:
            yield process
        finally:
            watchdog.cancel()
            process.kill()

"""Finding the paths of items."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from report import print_line


def time_paths(path: Callable[[str], str | None]) -> None:
    """Calls `path` for each id in the file `IDS`, first to warm up, and reports how long each call
    took."""
    ids = Path(os.environ["IDS"]).read_text().split()
    for item_id in ids:
        assert path(item_id)
    checksum = 0
    calls: list[int] = []
    for item_id in ids:
        began = time.perf_counter_ns()
        found = path(item_id)
        calls.append(time.perf_counter_ns() - began)
        checksum += len(found or "")
    print_line(event="done", checksum=checksum, calls_ns=calls)

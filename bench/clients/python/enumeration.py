"""The enumeration of a drive."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from report import print_line


class Enumeration:
    """Counts the items of a drive and adds the five fields of each up to a checksum."""

    def __init__(self) -> None:
        self.items = 0
        self.checksum = 0

    def add(
        self,
        item_id: str | None,
        name: str | None,
        size: int | None,
        parent_id: str | None,
        modified_at: datetime | None,
    ) -> None:
        assert item_id
        assert name
        assert modified_at
        self.items += 1
        self.checksum += len(item_id) + len(name) + (size or 0) + len(parent_id or "")
        self.checksum += int(modified_at.timestamp())

    def count(self, read: int) -> None:
        """Adds an item of which a program has read something else."""
        self.items += 1
        self.checksum += read

    def keep(self, items: int) -> None:
        """So many items are in the program's file."""
        self.items = items


def measure(enumerate_drive: Callable[[Enumeration], Awaitable[None]]) -> None:
    """Runs an enumeration and reports what it took."""
    asyncio.run(_measure(enumerate_drive))


def measure_sync(enumerate_drive: Callable[[Enumeration], None]) -> None:
    """The same without asyncio."""
    clocks = Clocks()
    enumerate_drive(clocks.enumeration)
    clocks.report()


async def _measure(enumerate_drive: Callable[[Enumeration], Awaitable[None]]) -> None:
    clocks = Clocks()
    await enumerate_drive(clocks.enumeration)
    clocks.report()


class Clocks:
    def __init__(self) -> None:
        self.enumeration = Enumeration()
        self._began, self._cpu = time.monotonic(), time.process_time()

    def report(self) -> None:
        print_line(
            event="done",
            items=self.enumeration.items,
            checksum=self.enumeration.checksum,
            seconds=time.monotonic() - self._began,
            cpu_seconds=time.process_time() - self._cpu,
            peak_kb=_peak_kb(),
        )


def _peak_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

"""A program whose mirror has no more room, and then has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from simulator import TOKEN, Simulator

FILL = """
import asyncio, drivebell, os, resource, subprocess, sys
base_url, token, folder, limit = sys.argv[1:]
my_drive = drivebell.Resource.my_drive()
if limit == "disk":
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", folder], check=True)

async def main():
    async with drivebell.Client(token, base_url=base_url) as client:
        async with client.mirror(my_drive, folder + "/drive.db") as mirror:
            if limit == "file":
                resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
            for wait in (mirror.ready(), count(mirror)):
                try:
                    await wait
                except drivebell.StorageError as error:
                    print(error.code)
        if limit == "disk":
            subprocess.run(["mount", "-o", "remount,size=50m", folder], check=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, [resource.RLIM_INFINITY] * 2)
        async with client.mirror(my_drive, folder + "/drive.db") as mirror:
            await mirror.ready()
            print(mirror.stats().rows, mirror.stats().sequence)

async def count(mirror):
    async for change in mirror:
        pass

asyncio.run(main())
"""


def fill_up(
    simulator: Simulator, folder: Path, limit: str, run_in: Sequence[str] = ()
) -> list[str]:
    """What the program prints: the codes of the errors, then the rows and the last sequence."""
    result = subprocess.run(
        [*run_in, sys.executable, "-c", FILL, simulator.base_url, TOKEN, folder, limit],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()

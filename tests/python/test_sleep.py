"""A machine that wakes from sleep. On Linux, where a preloaded library can replace the clock. The
core's own tests cover the details, with paused time."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator import TOKEN, Simulator

CLOCK = Path(__file__).parent / "clock/ahead.c"

PROGRAM = """
import asyncio, sys
from drivebell import Client, Notification, Resource

async def main():
    async with Client(sys.argv[2], base_url=sys.argv[1]) as client:
        async with client.subscribe(Resource.my_drive()) as sub:
            async for event in sub.events():
                print(event.kind, flush=True)

asyncio.run(main())
"""


@pytest.fixture(scope="session")
def preload(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("clock") / "ahead.so"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o", library, CLOCK, "-ldl"], check=True
    )
    return library


def test_a_machine_that_was_asleep_for_an_hour_is_live_again_at_once(
    running: Callable[[str], Simulator], preload: Path, tmp_path: Path
) -> None:
    shared = tmp_path / "ahead"
    shared.write_bytes(struct.pack("q", 0))
    environment = {
        **os.environ,
        "LD_PRELOAD": str(preload),
        "DRIVEBELL_TEST_CLOCK": str(shared),
    }
    # With the default heartbeat, no other timer notices within 45 s.
    simulator = running("simulator")
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, simulator.base_url, TOKEN],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "connected\n"
        with shared.open("r+b") as file:
            file.write(struct.pack("q", 60 * 60))
        kinds = [process.stdout.readline().strip() for _ in range(3)]
        process.kill()
    assert kinds == ["disconnected", "connected", "resync"]

"""Runs a program of a document until it reports a change."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from watched import watched

from simulator import MY_DRIVE, Simulator

REPEAT = 2.0
"""Seconds until a file is changed again."""
DRIVES = (MY_DRIVE, "b!team")
"""Those that every simulator has: an example may watch either."""


def run_until_it_reports(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    simulator: Simulator,
    expected: set[str],
    file_name: str,
    *,
    folder: Path | None = None,
) -> None:
    """Changes a file of each drive once the program is connected. It must then print one of the
    lines, after any others."""
    process = subprocess.Popen(
        command,
        env=os.environ | dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    done = threading.Event()

    def change() -> None:
        for drive in DRIVES:
            simulator.upload(file_name, drive)

    def change_until_done() -> None:
        change()
        # A program that is connected may not have enumerated the drive yet, and then the file is
        # nothing new to it.
        while not done.wait(REPEAT):
            change()

    changing = threading.Thread(target=change_until_done, daemon=True)
    with watched(process):
        try:
            while not simulator.connected():
                assert process.poll() is None, process.stdout and process.stdout.read()
            changing.start()
            assert process.stdout is not None
            assert any(line in expected for line in process.stdout)
        finally:
            done.set()
            if changing.is_alive():
                changing.join()

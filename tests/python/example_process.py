"""Runs a program of a document until it reports a change."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from deadline import DEADLINE

from simulator import Simulator


def run_until_it_reports(
    command: Sequence[str | Path],
    environment: Mapping[str, str],
    simulator: Simulator,
    expected: set[str],
    file_name: str,
    *,
    folder: Path | None = None,
) -> None:
    """Changes a file once the program is connected. It must then print one of the lines, after any
    others."""
    process = subprocess.Popen(
        command,
        env=os.environ | dict(environment),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    # Kills a program that prints nothing. Its output then ends, and the assertion fails.
    watchdog = threading.Timer(DEADLINE, process.kill)
    watchdog.start()
    with process:
        try:
            while not simulator.connected():
                assert process.poll() is None, process.stdout and process.stdout.read()
            simulator.upload(file_name)
            assert process.stdout is not None
            assert any(line in expected for line in process.stdout)
        finally:
            watchdog.cancel()
            process.kill()

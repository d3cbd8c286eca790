"""The simulator's process. It ends with this one: it watches a pipe that closes when this process
ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ._error import SimulatorError

VARIABLE = "DRIVEBELL_SIMULATOR"
"""Names the program, instead of the installed one."""


def program() -> Path:
    """The path of the simulator.

    Raises `SimulatorError` if there is none.
    """
    named = os.environ.get(VARIABLE)
    if named is not None:
        if not Path(named).is_file():
            raise SimulatorError(f"the environment's {VARIABLE} names {named}, which is no file")
        return Path(named)
    try:
        import drivebell_simulator  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise SimulatorError(
            "the simulator is not installed: run `pip install drivebell[testing]`, "
            f"or name the program in the environment's {VARIABLE}"
        ) from error
    try:
        return drivebell_simulator.program()
    except FileNotFoundError as error:
        raise SimulatorError(str(error)) from error


class Process:
    """A running simulator, which has printed its address."""

    def __init__(self, options: Sequence[str], timeout: float) -> None:
        command = [str(program()), "--exit-with-stdin", *options]
        # Not a pipe, which nobody would empty.
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `kill`
        try:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._stderr
            )
        except OSError as error:
            self._stderr.close()
            raise SimulatorError(f"the simulator does not start: {error}") from error
        self.base_url = self._read_address(timeout)

    def _read_address(self, timeout: float) -> str:
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._process.kill()

        watchdog = threading.Timer(timeout, give_up)
        watchdog.daemon = True
        watchdog.start()
        try:
            assert self._process.stdout is not None
            line = self._process.stdout.readline().decode()
        except BaseException:
            self.kill()
            raise
        finally:
            watchdog.cancel()
        address = line.removeprefix("listening on ").strip()
        if address == line.strip():
            self._process.kill()
            self._process.wait()
            self._stderr.seek(0)
            said = self._stderr.read().decode(errors="replace").strip() or line.strip()
            self.kill()
            when = f" within {timeout} s" if late.is_set() else ""
            raise SimulatorError(f"the simulator did not start{when}: {said or 'it said nothing'}")
        return address

    def kill(self) -> None:
        """Ends the process, and waits for that."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

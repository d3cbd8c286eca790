"""The command `drivebell`, as `python -m drivebell` and as the script of that name."""

from __future__ import annotations

import signal
import sys

from ._native import run_command_line


def main() -> int:
    """Runs the command with the arguments of the process, and returns its exit code."""
    # Python's own handler would raise KeyboardInterrupt and replace the command's exit code. If the
    # parent ignores SIGINT, as a shell does for background jobs, Python has not set its handler.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command_line(["drivebell", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())

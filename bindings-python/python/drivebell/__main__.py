"""The command `drivebell`, as `python -m drivebell` and as the script of that name."""

from __future__ import annotations

import signal
import sys

from ._native import run_command_line


def main() -> int:
    """Runs the command line that the process was started with, and gives the code to exit with."""
    # Python's own handler would have the last word: KeyboardInterrupt, and a code that is not the
    # command's. One that the parent ignores, as for what a shell starts in its background with
    # SIGINT, was never Python's.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    return run_command_line(["drivebell", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())

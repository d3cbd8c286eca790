"""The program, as `python -m drivebell_simulator`."""

from __future__ import annotations

import os
import subprocess
import sys

from . import program

if __name__ == "__main__":
    command = [str(program()), *sys.argv[1:]]
    if os.name == "nt":
        # `execv` would end this process at once, and leave the program in the background.
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)

"""The time that artefacts name, so that two builds of a commit are the same."""

from __future__ import annotations

import os
import subprocess

from supply.crates import REPOSITORY


def source_date_epoch() -> str:
    """SOURCE_DATE_EPOCH of the environment, or the time of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return given
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.check_output(command, text=True, cwd=REPOSITORY).strip()

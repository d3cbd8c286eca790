"""Runs the examples that build on other libraries, in their own environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from example_program import Program

from simulator import REPOSITORY, Simulator

EXAMPLES = REPOSITORY / "examples/python"
PYTHON = EXAMPLES / ".venv/bin/python"


def example(
    simulator: Simulator,
    folder: Path,
    *command: str | Path,
    environment: Mapping[str, str] | None = None,
) -> Program:
    assert PYTHON.exists(), "`make test-extra` installs what the examples need"
    return Program([PYTHON, *command], simulator, folder, environment)


def content(simulator: Simulator, name: str, text: str) -> None:
    """Creates or replaces a file with this content."""
    simulator.http("PUT", f"/v1.0/me/drive/root:/{name}:/content", text.encode())


def relocate(simulator: Simulator, name: str, new: str) -> None:
    """Renames a file or folder in its folder."""
    simulator.http("PATCH", f"/v1.0/me/drive/root:/{name}", b'{"name": "%s"}' % new.encode())

"""The commands of docs/getting-started.md, in their order, as a newcomer types them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from deadline import DEADLINE
from server_process import free_port
from test_readme import Block, code_blocks
from watched import watched

from simulator import REPOSITORY

PAGE = "docs/getting-started.md"
BLOCKS = code_blocks(PAGE, (REPOSITORY / PAGE).read_text(encoding="utf-8"))
START, RUN, CHANGE = (
    block.code for block in BLOCKS if block.no_run and Path(__file__).name in block.no_run
)
EXPECTED = "something changed in /me/drive/root\n"


def first(language: str) -> Block:
    return next(block for block in BLOCKS if block.language == language)


@contextmanager
def shell(command: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Runs the command where `python` and `drivebell-simulator` are those of this environment."""
    process = subprocess.Popen(
        ["bash", "-euc", f"exec {command}"],
        cwd=folder,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        text=True,
    )
    with watched(process):
        yield process


def as_curl(command: str) -> None:
    """Sends what the command sends: not every machine has curl."""
    curl, request, method, data, body, url = shlex.split(command)
    assert (curl, request, data) == ("curl", "--request", "--data")
    message = urllib.request.Request(url, body.encode(), method=method)
    urllib.request.urlopen(message, timeout=DEADLINE).close()


def until(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout), beginning


@pytest.mark.parametrize(
    ("language", "file", "program"),
    [("python", "first.py", "python first.py"), ("js", "first.mjs", "node first.mjs")],
)
def test_a_newcomer_gets_a_notification(
    language: str, file: str, program: str, tmp_path: Path
) -> None:
    port = str(free_port())
    (tmp_path / file).write_text(first(language).code, encoding="utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    exports, programs = RUN.replace("8080", port).splitlines()
    assert program in programs
    with ExitStack() as stack:
        simulator = stack.enter_context(shell(START.replace("8080", port), tmp_path))
        until(simulator, "page on ")
        run = stack.enter_context(
            shell(f"env {exports.removeprefix('export ')} {program}", tmp_path)
        )
        done = threading.Event()

        def change_until_done() -> None:
            # What changes before the program is connected is not announced.
            while not done.wait(0.5):
                as_curl(CHANGE.replace("8080", port))

        changing = threading.Thread(target=change_until_done)
        changing.start()
        try:
            until(run, EXPECTED)
        finally:
            done.set()
            changing.join()

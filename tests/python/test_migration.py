"""The programs of docs/migration.md that do without drivebell's subscriptions: those that readers
have today, and those that keep a webhook."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from deadline import DEADLINE
from server_process import free_port
from test_readme import Block, code_blocks
from watched import watched

from simulator import REPOSITORY, TOKEN, Simulator

PAGE = "docs/migration.md"
BLOCKS = [
    block
    for block in code_blocks(PAGE, (REPOSITORY / PAGE).read_text(encoding="utf-8"))
    if block.no_run and Path(__file__).name in block.no_run
]
SOCKETS = [
    block for block in BLOCKS if "socketio" in block.code or "socket.io-client" in block.code
]
POLLS = [block for block in BLOCKS if "deltaLink" in block.code]
WEBHOOKS = [block for block in BLOCKS if "hint()" in block.code]
PACKAGES = {
    "drivebell": REPOSITORY / "bindings-node",
    "socket.io-client": REPOSITORY / "tests/servers/node_modules/socket.io-client",
}


def test_every_program_has_a_test() -> None:
    for kind in (SOCKETS, POLLS, WEBHOOKS):
        assert [block.language for block in kind] == ["python", "js"]
    assert len(BLOCKS) == 6


@contextmanager
def running(
    block: Block, simulator: Simulator, folder: Path, **environment: str
) -> Iterator[subprocess.Popen[str]]:
    if block.language == "python":
        command = [sys.executable, "-W", "error", "example.py"]
    else:
        command = ["node", "example.mjs"]
        (folder / "node_modules").mkdir()
        for name, package in PACKAGES.items():
            (folder / "node_modules" / name).symlink_to(package)
    (folder / command[-1]).write_text(block.code, encoding="utf-8")
    settings = {"GRAPH_URL": simulator.base_url, "GRAPH_TOKEN": TOKEN, **environment}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with watched(process):
        yield process


def until(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout), beginning


@pytest.mark.parametrize("block", SOCKETS, ids=str)
def test_a_socketio_client_of_today_is_notified(block: Block, tmp_path: Path) -> None:
    with Simulator() as simulator, running(block, simulator, tmp_path) as process:
        while not simulator.connected():
            assert process.poll() is None
        simulator.upload("plan.txt")
        until(process, "something changed in /me/drive/root\n")


@pytest.mark.parametrize("block", SOCKETS, ids=str)
def test_it_does_not_come_back_from_a_url_that_is_dead(block: Block, tmp_path: Path) -> None:
    dropping = Simulator(("--at-expiry", "drop"))
    with dropping as simulator, running(block, simulator, tmp_path) as process:
        while not simulator.connected():
            assert process.poll() is None
        # The service may have let it in before it knows.
        simulator.upload("plan.txt")
        until(process, "something changed in /me/drive/root\n")
        simulator.http("POST", "/_simulator/advance?seconds=3600")
        until(process, "disconnected: ")
        # The next attempts are refused, and nothing requests another URL.
        while sum(request["path"].startswith("/socket.io") for request in simulator.requests()) < 3:
            assert process.poll() is None
        assert simulator.connected() == 0
        assert simulator.endpoint_calls() == 1


def test_it_ends_if_graph_fails_at_the_start(tmp_path: Path) -> None:
    """That of Node asks the DNS for a host named undefined, which is no matter for a test."""
    with Simulator() as simulator:
        simulator.set_fault("answer=503,on=endpoint")
        with running(SOCKETS[0], simulator, tmp_path) as process:
            assert process.wait(DEADLINE) != 0
        assert simulator.endpoint_calls() == 1


@pytest.mark.parametrize("block", POLLS, ids=str)
def test_a_loop_over_delta_prints_what_changed(block: Block, tmp_path: Path) -> None:
    hurried = block.code.replace("asyncio.sleep(60)", "asyncio.sleep(0.1)")
    hurried = hurried.replace("wait(60_000)", "wait(100)")
    assert hurried != block.code
    block = Block(block.readme, block.line, block.language, hurried, None)
    with Simulator() as simulator, running(block, simulator, tmp_path) as process:
        until(process, "there root\n")
        simulator.upload("plan.txt")
        until(process, "there plan.txt\n")


@pytest.mark.parametrize("block", WEBHOOKS, ids=str)
def test_a_webhook_wakes_the_stream(block: Block, tmp_path: Path) -> None:
    port = str(free_port())
    with Simulator() as simulator, running(block, simulator, tmp_path, PORT=port) as process:
        until(process, "there root\n")
        simulator.upload("plan.txt")
        url = f"http://127.0.0.1:{port}/notified?validationToken=a%20b"
        with urllib.request.urlopen(url, data=b"{}", timeout=DEADLINE) as response:
            assert response.read() == b"a b"
        until(process, "there plan.txt\n")
        assert simulator.endpoint_calls() == 0

"""The wheel contains the whole command line. The tests of `cli/` cover what it does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import drivebell
import pytest
from deadline import DEADLINE, eventually
from watched import watched

from simulator import TOKEN, Simulator

SCRIPT = Path(sysconfig.get_path("scripts"), "drivebell")
COMMANDS: dict[str, tuple[str, ...]] = {
    "script": (str(SCRIPT),),
    "module": (sys.executable, "-W", "error", "-m", "drivebell"),
}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(params=COMMANDS)
def command(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return COMMANDS[request.param]


@pytest.fixture(scope="module")
def drive() -> Iterator[Simulator]:
    with Simulator(("--seed", "b!me=1000", "--page-size", "100")) as simulator:
        yield simulator


class Running:
    """A running command. Killing it ends a read that takes too long."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        self.stdout = process.stdout

    def line(self) -> Any:
        line = self.stdout.readline()
        assert line, "the output has ended"
        return json.loads(line)

    def caught_up(self) -> list[str]:
        """Reads lines up to the checkpoint after the item, and returns the names of all items."""
        names: list[str] = []
        while True:
            line = self.line()
            if line["type"] == "item":
                names.append(line["item"]["name"])
            elif line["caught_up"]:
                return names

    def end(self, by: signal.Signals | None = None) -> tuple[int, str, str]:
        """Returns the exit code and the rest of the output."""
        if by is not None:
            self.process.send_signal(by)
        stdout, stderr = self.process.communicate(timeout=DEADLINE)
        return self.process.returncode, stdout, stderr


@contextmanager
def running(
    command: tuple[str, ...], base_url: str, *arguments: str, token: str = TOKEN
) -> Iterator[Running]:
    process = subprocess.Popen(
        [*command, *arguments, "--base-url", base_url],
        env=os.environ | {"DRIVEBELL_TOKEN": token},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with watched(process, 3 * DEADLINE):
        yield Running(process)


def test_it_prints_its_help(command: tuple[str, ...]) -> None:
    with running(command, NOWHERE, "--help") as it:
        code, stdout, stderr = it.end()
    assert (code, stderr) == (0, "")
    for word in ("Usage: drivebell", "watch", "changes", "endpoint", "doctor", "Exit codes:"):
        assert word in stdout


def test_it_has_the_version_of_the_package(command: tuple[str, ...]) -> None:
    with running(command, NOWHERE, "--version") as it:
        assert it.end() == (0, f"drivebell {drivebell.__version__}\n", "")


def test_it_refuses_an_unknown_command(command: tuple[str, ...]) -> None:
    with running(command, NOWHERE, "listen", "/me/drive") as it:
        code, stdout, stderr = it.end()
    assert (code, stdout) == (2, "")
    assert "unrecognized subcommand 'listen'" in stderr


def test_it_says_how_to_give_a_token(command: tuple[str, ...]) -> None:
    with running(command, NOWHERE, "watch", "/me/drive", token="") as it:
        code, stdout, stderr = it.end()
    assert (code, stdout) == (3, "")
    assert "--token-command" in stderr


def test_it_prints_an_endpoint_without_its_secret(
    command: tuple[str, ...], drive: Simulator
) -> None:
    with running(command, drive.base_url, "endpoint", "/me/drive") as it:
        code, stdout, stderr = it.end()
    assert (code, stderr) == (0, "")
    output = json.loads(stdout)
    assert (output["type"], output["host"], bool(output["id"])) == ("endpoint", "127.0.0.1", True)
    assert "token=" not in stdout


def test_it_logs_to_stderr(command: tuple[str, ...], drive: Simulator) -> None:
    with running(command, drive.base_url, "endpoint", "/me/drive", "-v", "-v") as it:
        code, stdout, stderr = it.end()
    assert (code, json.loads(stdout)["type"]) == (0, "endpoint")
    assert "drivebell::graph" in stderr
    assert TOKEN not in stderr


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_it_watches_until_a_signal(
    command: tuple[str, ...], drive: Simulator, by: signal.Signals, code: int
) -> None:
    with running(command, drive.base_url, "watch", "/me/drive") as it:
        assert it.line()["event"] == "connected"
        assert it.line()["kind"] == "resync"
        drive.notify()
        assert it.line()["kind"] == "changed"
        assert it.end(by) == (code, "", "")
    await eventually(lambda: drive.connected() == 0)


@pytest.mark.parametrize(("by", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_ends_it_while_graph_does_not_respond(
    command: tuple[str, ...], by: signal.Signals, code: int
) -> None:
    with (
        Simulator(("--fault", "hold=toClient,on=graph")) as silent,
        running(command, silent.base_url, "endpoint", "/me/drive") as it,
    ):
        await eventually(lambda: silent.endpoint_calls() > 0)
        assert it.end(by) == (code, "", "")


def test_it_resumes_with_the_changes_made_while_it_was_stopped(
    command: tuple[str, ...], drive: Simulator, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint"
    words = ("changes", "/me/drive", "--since", str(checkpoint), "--from", "start")
    new = f"while-away-{len(command)}.txt"
    with running(command, drive.base_url, *words) as it:
        assert len(it.caught_up()) > 1000
        assert it.end(signal.SIGINT)[0] == 130
    assert re.match(r"drivebell1\.", checkpoint.read_text())
    drive.upload(new)
    with running(command, drive.base_url, *words) as it:
        # The first batch may come again: the stop may have prevented storing its checkpoint.
        names = it.caught_up()
        while new not in names:
            names = it.caught_up()
        assert len(names) < 100
        assert it.end(signal.SIGTERM)[0] == 143
    assert list(tmp_path.iterdir()) == [checkpoint]


def test_doctor_finds_the_failing_step(command: tuple[str, ...], drive: Simulator) -> None:
    with running(command, drive.base_url, "doctor", "--wait", "0", "--json") as it:
        code, stdout, stderr = it.end()
    assert (code, stderr) == (0, "")
    assert stdout
    assert TOKEN not in stdout


async def test_it_exits_quietly_when_its_output_is_closed(
    command: tuple[str, ...], drive: Simulator
) -> None:
    with running(command, drive.base_url, "watch", "/me/drive") as it:
        it.line()
        it.stdout.close()
        assert it.process.wait(DEADLINE) == 0
        assert it.process.stderr is not None
        assert it.process.stderr.read() == ""
    await eventually(lambda: drive.connected() == 0)

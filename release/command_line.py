"""Uses the command line against a simulator."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import urllib.request
from collections.abc import Iterator, Mapping

from .use_error import UseError
from .version import version

SECONDS = 300
"""That the next line may take. An emulator is slow, and its machine may be busy."""

TOKEN = "secret"
NOTIFICATIONS = 3

Lines = queue.Queue[str | None]


def use(program: list[str], simulator: list[str], environment: Mapping[str, str]) -> None:
    """Asks for the version, watches a drive, follows its changes and runs `doctor`.

    Raises `UseError` if something is not as it must be.
    """
    with _printing([*program, "--version"], environment) as (lines, _):
        if (said := _next(lines)) != f"drivebell {version()}":
            raise UseError(f"--version says {said!r}")
    options = ["--token", TOKEN, "--exit-with-stdin"]
    with _printing([*simulator, *options], environment) as (lines, _):
        address = _next(lines)
        url = address.removeprefix("listening on ")
        if url == address:
            raise UseError(f"the simulator says {address!r}")
        _watch(program, url, environment)
        _changes(program, url, environment)
        _doctor(program, url, environment)


def _watch(program: list[str], url: str, environment: Mapping[str, str]) -> None:
    with _drivebell(program, url, environment, "watch", "/me/drive") as (lines, process):
        _wait_connected(url, process)
        _request("POST", f"{url}/_simulator/notify?drive=b!me&count={NOTIFICATIONS}")
        changed = 0
        while changed < NOTIFICATIONS:
            changed += json.loads(_next(lines)).get("kind") == "changed"


def _changes(program: list[str], url: str, environment: Mapping[str, str]) -> None:
    _request("PUT", f"{url}/_simulator/files?drive=b!me&path=/one.txt")
    arguments = ("changes", "/me/drive", "--since", "start")
    with _drivebell(program, url, environment, *arguments) as (lines, _):
        while json.loads(_next(lines)).get("item", {}).get("name") != "one.txt":
            pass


def _doctor(program: list[str], url: str, environment: Mapping[str, str]) -> None:
    _wait_connected(url, None)
    arguments = ("doctor", "--wait", str(SECONDS))
    with _drivebell(program, url, environment, *arguments) as (lines, process):
        _wait_connected(url, process)
        _request("POST", f"{url}/_simulator/notify?drive=b!me&count=1")
        steps = []
        while (line := lines.get(timeout=SECONDS)) is not None:
            steps.append(line)
        if process.wait(SECONDS) != 0:
            raise UseError(f"doctor ends with {process.returncode}: {''.join(steps)}")


@contextlib.contextmanager
def _drivebell(
    program: list[str], url: str, environment: Mapping[str, str], *arguments: str
) -> Iterator[tuple[Lines, subprocess.Popen[str]]]:
    command = [*program, *arguments, "--base-url", url, "--json"]
    with _printing(command, {**environment, "DRIVEBELL_TOKEN": TOKEN}) as running:
        yield running


@contextlib.contextmanager
def _printing(
    command: list[str], environment: Mapping[str, str]
) -> Iterator[tuple[Lines, subprocess.Popen[str]]]:
    """The lines that a program prints, and `None` at their end. It is killed afterwards."""
    lines: Lines = queue.Queue()
    process = subprocess.Popen(
        command,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    with process:
        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield lines, process
        finally:
            process.kill()
            reader.join()


def _next(lines: Lines) -> str:
    try:
        line = lines.get(timeout=SECONDS)
    except queue.Empty:
        raise UseError(f"no line within {SECONDS} s") from None
    if line is None:
        raise UseError("the program has ended too early")
    return line.rstrip("\r\n")


def _wait_connected(url: str, process: subprocess.Popen[str] | None) -> None:
    """Waits until a program is connected, or none."""
    number = 0 if process is None else 1
    late = threading.Event()
    timer = threading.Timer(SECONDS, late.set)
    timer.start()
    try:
        while json.loads(_request("GET", f"{url}/_simulator/connected")) != number:
            if process is not None and process.poll() is not None:
                raise UseError(f"drivebell ends with {process.returncode}")
            if late.wait(0.05):
                raise UseError(f"there are not {number} connections within {SECONDS} s")
    finally:
        timer.cancel()


def _request(method: str, url: str) -> bytes:
    data = None if method == "GET" else b""
    request = urllib.request.Request(url, data, method=method)
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        body: bytes = answer.read()
    return body

"""How one comes to see what a page is about, and what is seen then."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deadline import DEADLINE
from page_services import COMMAND, HURRIED, PROGRAMS, Service
from watched import watched

from simulator import TOKEN

LANGUAGES = ("python", "node", "command line")


@dataclass(frozen=True)
class Scene:
    """How one comes to see what a page is about."""

    page: str
    service: Service
    plan: dict[str, Any]
    """For the programs in `tests/pages`."""
    command: list[str] = field(default_factory=list)
    """The arguments of the command line. Empty: it does not show this."""
    until: str = ""
    """The command goes on: what the line that ends it has in it."""
    languages: tuple[str, ...] = LANGUAGES

    def __str__(self) -> str:
        return self.page


def run(scene: Scene, folder: Path) -> dict[str, str]:
    """What each language shows, without what differs from run to run."""
    shows = [each for each in scene.languages if each != "command line" or scene.command]

    def show(language: str) -> str:
        place = folder / language
        place.mkdir()
        with scene.service(place) as served:
            given = served if isinstance(served, dict) else {"base_url": served}
            plan = {"token": TOKEN, "options": HURRIED, **scene.plan, **given}
            return settled(seen(scene, language, plan, place), place)

    with ThreadPoolExecutor() as pool:
        return dict(zip(shows, pool.map(show, shows), strict=True))


def seen(scene: Scene, language: str, plan: dict[str, Any], folder: Path) -> str:
    match language:
        case "python":
            return of_program([sys.executable, PROGRAMS / "program.py"], plan, folder)
        case "node":
            return of_program(["node", PROGRAMS / "program.mjs"], plan, folder)
        case _:
            return of_command(scene, plan, folder)


def environment_of(plan: dict[str, Any]) -> dict[str, str]:
    given: dict[str, str] = plan.get("environment", {})
    certificates = {"SSL_CERT_FILE", "SSL_CERT_DIR"} if given else set()
    ours = {name: value for name, value in os.environ.items() if name not in certificates}
    return ours | given


def of_program(program: list[Any], plan: dict[str, Any], folder: Path) -> str:
    command = [*map(str, program), json.dumps(plan)]
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment_of(plan),
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.stdout


def of_command(scene: Scene, plan: dict[str, Any], folder: Path) -> str:
    command = [COMMAND, *scene.command, *plan.get("arguments", ())]
    if scene.command[0] == "login":
        command += ["--login-url", plan["base_url"]]
    else:
        command += ["--base-url", plan["base_url"]]
    environment = environment_of(plan) | {"NO_COLOR": "1"}
    environment["DRIVEBELL_CONFIG_DIR"] = str(folder / "config")
    if "--token-command" not in scene.command and scene.command[0] != "login":
        environment["DRIVEBELL_TOKEN"] = plan["token"]
    # A terminal, because a pipe gets JSON.
    ours, terminal = os.openpty()
    process = subprocess.Popen(
        list(map(str, command)), cwd=folder, env=environment, stdout=terminal, stderr=terminal
    )
    os.close(terminal)
    lines = []
    try:
        with watched(process):
            for line in lines_of(ours):
                lines.append(line)
                if scene.until and scene.until in line:
                    return line
        text = "".join(lines)
        return step_of(text, scene.page.split("/")[1]) if scene.command[0] == "doctor" else text
    finally:
        os.close(ours)


def lines_of(terminal: int) -> Iterator[str]:
    rest = b""
    while True:
        try:
            read = os.read(terminal, 4096)
        except OSError:  # Linux's way to say that nobody has it open any more
            read = b""
        if not read:
            if rest:
                yield rest.decode()
            return
        *lines, rest = (rest + read).split(b"\r\n")
        yield from (f"{line.decode()}\n" for line in lines)


def step_of(report: str, step: str) -> str:
    """The part of a report that is about one step."""
    block = re.search(rf"^(ok  |FAIL)  {step} .*?(?=^(ok  |FAIL)  |^$)", report, re.S | re.M)
    assert block is not None, report
    return block[0]


def settled(text: str, folder: Path) -> str:
    """The text with the same ports, ids, times and folders in each run."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    for pattern, replacement in SETTLED:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text.rstrip("\n")


SETTLED = [
    (r"(127\.0\.0\.1|localhost):\d+", r"\1:8080"),
    (r"port(:|=) ?\d{4,5}", r"port\1 8080"),
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "5554a2f6-1959-4b95-96f4-369b49212df9",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "2026-03-05T09:30:00Z"),
    (r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "Thu, 05 Mar 2026 09:30:00 GMT"),
    (r"expires: in 3\d+ s", "expires: in 3599 s"),
    (r"expired \d+ min ago", "expired 67 min ago"),
    (r"coalesced(=|: )[1-9]\d*", r"coalesced\g<1>12"),
    (r"next attempt in \d+ s", "next attempt in 1 s"),
    (r"[^\r\n]*\r\x1b\[K", ""),
    (r"retry_in=[\d.e-]+", "retry_in=0.8"),
    (r"retryIn: [\d.]+", "retryIn: 812"),
    (r"\d+\.\d{3} s$", "0.012 s"),
    (r"host not found \([^)]*\)", "host not found (Name or service not known)"),
]

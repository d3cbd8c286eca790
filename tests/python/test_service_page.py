"""What docs/service.md says of health checks, signals and exit codes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

import pytest
from deadline import DEADLINE
from server_process import free_port
from test_readme import Block, code_blocks
from watched import watched

from simulator import REPOSITORY, TOKEN, Simulator

PAGE = "docs/service.md"
TEXT = (REPOSITORY / PAGE).read_text(encoding="utf-8")
PROGRAMS = [block for block in code_blocks(PAGE, TEXT) if block.no_run is None]


def health(port: int) -> tuple[int, str]:
    """The status and the text of the health check; 0 while nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=DEADLINE) as response:
            return response.status, response.read().decode().strip()
    except HTTPError as error:
        return error.code, error.read().decode().strip()
    except URLError:
        return 0, ""


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_a_service_tells_its_health_and_stops_in_order(block: Block, tmp_path: Path) -> None:
    if block.language == "python":
        command = [sys.executable, "-W", "error", "service.py"]
    else:
        command = ["node", "service.mjs"]
        (tmp_path / "node_modules").mkdir()
        (tmp_path / "node_modules" / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    (tmp_path / command[-1]).write_text(block.code, encoding="utf-8")
    port = free_port()
    # It starts while the service is down.
    url = f"http://127.0.0.1:{free_port()}"
    settings = {"GRAPH_URL": url, "GRAPH_TOKEN": TOKEN, "HEALTH_PORT": str(port)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=os.environ | settings, stdout=subprocess.PIPE, text=True
    )
    with watched(process):
        while (found := health(port)) not in {(503, "starting"), (503, "away")}:
            assert process.poll() is None, found
        with Simulator(port=int(url.rpartition(":")[2])):
            while health(port) != (200, "live"):
                assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(DEADLINE) == 0


def test_there_is_a_program_in_each_language() -> None:
    assert [block.language for block in PROGRAMS] == ["python", "js"]


def test_the_exit_codes_are_those_of_the_help() -> None:
    command = [sys.executable, "-m", "drivebell", "--help"]
    help_text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    _, _, listed = help_text.partition("Exit codes:\n")
    codes = [int(line.split()[0]) for line in listed.splitlines()]
    assert len(codes) > 10
    table = TEXT.partition("## Exit codes")[2].partition("## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)] == codes

"""Hostile servers against the wheel, the addon and the crate, each in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cases_graph
import cases_socket
import cases_tls
import limits_page
import pytest
from case import Case, Limits
from server import Scripted

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
BUILT = Path(os.environ.get("DRIVEBELL_BUILT", REPOSITORY / "target/fast"))
CASES = [*cases_graph.CASES, *cases_socket.CASES, *cases_tls.CASES]
SECONDS = float(os.environ.get("HOSTILE_SECONDS", "5"))
"""How long a client runs that nothing ends."""
CLIENTS = {
    "Rust": [str(BUILT / "examples/hostile")],
    "Python": [sys.executable, "-W", "error", str(HERE / "clients/client.py")],
    "Node": ["node", str(HERE / "clients/client.mjs")],
}


@dataclass
class Run:
    output: str
    seconds: float
    cpu: float
    peak_mb: float
    status: int


class Peak:
    """The peak memory of a process, read while it runs: what the system tells afterwards includes
    the process that started it."""

    def __init__(self, pid: int) -> None:
        self.kilobytes = 0
        self._status = Path(f"/proc/{pid}/status")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while True:
            found = re.search(r"VmHWM:\s+(\d+)", self._status.read_text())
            self.kilobytes = max(self.kilobytes, int(found[1]) if found else 0)
            if self._ended.wait(0.02):
                return


def run(client: str, case: Case, server: Scripted) -> Run:
    options = case.options() if callable(case.options) else case.options
    began = time.monotonic()
    process = subprocess.Popen(
        [*CLIENTS[client], case.mode, server.base_url, str(SECONDS), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    peak = Peak(process.pid)
    # Bounded, because a client may be told a lot.
    output = process.stdout.read(1_000_000)
    process.stdout.close()
    peak.stop()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        output,
        time.monotonic() - began,
        usage.ru_utime + usage.ru_stime,
        peak.kilobytes / 1024,
        process.returncode,
    )


@cache
def usual_peak(client: str) -> float:
    """The peak memory of a client whose server is well."""
    well = Case("", "G", "changes", cases_socket.graph, cases_graph.quiet_socket, "", Limits())
    with Scripted(well.graph, well.socket) as server:
        result = run(client, well, server)
    assert "batch 0" in result.output, result.output
    return result.peak_mb


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_hostile_server_costs_little_and_is_told(client: str, case: Case) -> None:
    with Scripted(case.graph, case.socket, case.tls) as server:
        result = run(client, case, server)
    more = result.peak_mb - usual_peak(client)
    report = (
        f"{client}: {result.seconds:.1f} s, {result.cpu:.1f} s CPU, {more:.1f} MB more, "
        f"{server.requests} requests, {server.upgrades} upgrades, status {result.status}\n"
        f"{result.output[:3000]}"
    )
    print(report)
    limits = case.limits
    assert result.status == 0, report
    assert case.told.lower() in result.output.lower(), report
    for secret in case.never:
        assert secret not in result.output, report
    assert result.seconds < limits.seconds + SECONDS, report
    assert result.cpu < limits.cpu * result.seconds + 1, report
    assert more < limits.memory_mb, report
    if limits.requests is not None:
        assert server.requests <= limits.requests, report
    bearer = "Bearer the-token-of-the-tests"
    assert set(server.authorizations) <= {bearer}, report


def test_the_page_of_limits_is_current() -> None:
    assert limits_page.PAGE.read_text() == limits_page.page(), "run `make limits`"

"""The examples that export traces and metrics with OpenTelemetry, to a stand-in for a collector."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from deadline import DEADLINE
from watched import watched

from simulator import REPOSITORY, TOKEN, Simulator

PYTHON = REPOSITORY / "examples/python/otel"
NODE = REPOSITORY / "examples/node/otel"
RUST = REPOSITORY / "target/fast/drive-telemetry"
COLLECTOR = Path(__file__).parent / "otlp_collector.py"
PROGRAMS: dict[str, list[str | Path]] = {
    "python": [PYTHON / ".venv/bin/python", PYTHON / "drive_telemetry.py"],
    "node": ["node", NODE / "drive-telemetry.mjs"],
    "rust": [RUST],
}

Received = dict[str, Any]


class Collector:
    """What the collector has received."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.address = process.stdout.readline().removeprefix("listening on ").strip()
        self.received: list[Received] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, stdout: Any) -> None:
        for line in stdout:
            self._lines.put(line)

    def until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + DEADLINE
        while not condition():
            left = end - time.monotonic()
            assert left > 0, self.received
            try:
                self.received.append(json.loads(self._lines.get(timeout=left)))
            except queue.Empty:
                pytest.fail(f"nothing more came: {self.received}")

    def spans(self, name: str) -> list[Received]:
        return [it for it in self.received if it.get("span") == name]

    def metrics(self, name: str) -> list[Received]:
        return [it for it in self.received if it.get("metric") == name]


@pytest.fixture
def collector() -> Iterator[Collector]:
    command = [PYTHON / ".venv/bin/python", COLLECTOR]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Collector(process)
        finally:
            process.kill()


@contextmanager
def running(
    language: str, simulator: Simulator, collector: Collector
) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "GRAPH_TOKEN": TOKEN,
        "GRAPH_URL": simulator.base_url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_SERVICE_NAME": f"drives-{language}",
        "OTEL_METRICS_EXPORTER": "otlp",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "100",
        "OTEL_METRIC_EXPORT_INTERVAL": "100",
        "OTEL_METRIC_EXPORT_TIMEOUT": "100",
        "NO_PROXY": "127.0.0.1",
    }
    process = subprocess.Popen(
        PROGRAMS[language],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with watched(process, 3 * DEADLINE):
        yield process


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_session_and_its_queries_are_traces_and_metrics(
    language: str, collector: Collector
) -> None:
    options = ("--seed", "b!me=40", "--page-size", "20")
    with Simulator(options=options) as simulator:
        simulator.set_fault("answer=429,retryAfter=1,on=delta,times=1")
        with running(language, simulator, collector) as program:
            collector.until(lambda: bool(collector.spans("drivebell.changes.round")))
            collector.until(lambda: bool(collector.metrics("drivebell.changes.items")))
            program.send_signal(signal.SIGTERM)
            assert program.stdout is not None
            output = program.stdout.read()
            assert program.wait(DEADLINE) == 0
            collector.until(lambda: bool(collector.spans("drivebell.session")))
            collector.until(
                lambda: any(
                    it["attributes"]["drivebell.event"] == "closed"
                    for it in collector.metrics("drivebell.session.events")
                )
            )
    assert "20 items" in output

    [session] = collector.spans("drivebell.session")
    assert session["service"] == f"drives-{language}"
    assert session["seconds"] > 1
    drive = {"resource": "/me/drive/root", "label": "example"}
    assert named(session) | drive == named(session)

    first = collector.spans("drivebell.changes.round")[0]
    assert named(first) | drive == named(first)
    assert named(first)["trigger"] == "start"
    assert named(first)["pages"] >= 2
    assert named(first)["items"] >= 40
    assert first["seconds"] > 1, "it was throttled for a second"

    requests = collector.spans("drivebell.graph.request")
    statuses = [named(it)["status"] for it in requests]
    assert {200, 429} <= set(statuses)
    throttled = requests[statuses.index(429)]
    assert named(throttled)["error_kind"] == "throttled"
    assert len({named(it)["client_request_id"] for it in requests}) == len(requests)
    assert TOKEN not in json.dumps(collector.received)

    if language == "rust":
        # The spans of `tracing` know what is part of what.
        assert any(it["trace"] == first["trace"] == throttled["trace"] for it in requests)
        assert throttled["parent"] == first["id"]
    else:
        assert session["events"][:2] == ["started", "connected"]
        assert session["events"][-1] == "closed"
        assert throttled["failed"]

    items = collector.metrics("drivebell.changes.items")
    assert max(it["value"] for it in items) >= 40
    durations = collector.metrics("drivebell.graph.request.duration")
    assert {it["unit"] for it in durations} == {"s"}
    assert any(it["attributes"].get("http.response.status_code") == 429 for it in durations)
    assert all(it["count"] > 0 for it in durations)
    rounds = collector.metrics("drivebell.changes.round.duration")
    assert max(it["value"] for it in rounds) > 1


# How the examples for Python and Node name what `tracing` has under the name of the field.
OTHER_NAMES = {
    "http.response.status_code": "status",
    "error.type": "error_kind",
    "http.request.method": "method",
    "server.address": "host",
    "url.path": "path",
}


def named(span: Received) -> dict[str, Any]:
    """The attributes of a span by the names of the fields."""
    return {
        OTHER_NAMES.get(name, name.removeprefix("drivebell.")): value
        for name, value in span["attributes"].items()
    }

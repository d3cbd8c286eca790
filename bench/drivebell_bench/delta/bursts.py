"""How many delta rounds a burst of uploads causes, by the core's default options."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request

from .clients import Client
from .simulator import TOKEN, Simulator

UPLOADS = 6
BURSTS = 10
QUIET = 4.0
"""So long without a further round, and a burst is over: less than the first of the repetitions
that are for a service whose delta lags behind would be mistaken for a round of it."""


def rounds_per_burst(client: Client, simulator: Simulator, core: str) -> list[int]:
    environment = os.environ | {"GRAPH_URL": simulator.base_url, "GRAPH_TOKEN": TOKEN}
    environment["FOLLOW"] = "1"
    with subprocess.Popen(
        ["taskset", "-c", core, *map(str, client.command)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            return [_burst(simulator, burst) for burst in range(BURSTS)]
        finally:
            process.kill()


def _burst(simulator: Simulator, burst: int) -> int:
    before = _rounds(simulator)
    for upload in range(UPLOADS):
        path = f"/v1.0/me/drive/root:/burst-{burst}-{upload}.txt:/content"
        _http(simulator, "PUT", path, b"content")
    time.sleep(QUIET)
    return _rounds(simulator) - before


def _rounds(simulator: Simulator) -> int:
    requests = json.loads(_http(simulator, "GET", "/_simulator/requests"))
    return sum("/delta" in each["path"] for each in requests)


def _http(simulator: Simulator, method: str, path: str, data: bytes | None = None) -> bytes:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    message = urllib.request.Request(simulator.base_url + path, data, headers, method=method)
    with urllib.request.urlopen(message, timeout=15) as response:
        body: bytes = response.read()
        return body

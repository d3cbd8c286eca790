"""How many rounds of delta queries a burst of uploads causes, with the core's default options."""

from __future__ import annotations

import time

from ..simulator import Simulator
from .clients import Client
from .run import start

UPLOADS = 6
BURSTS = 10
QUIET = 4.0
"""Seconds without a further round that end a burst. It is shorter than the first repetition for a
service whose delta lags behind, which would otherwise count as a round."""


def rounds_per_burst(client: Client, simulator: Simulator, core: str) -> list[int]:
    with start(client, simulator, core, FOLLOW=1) as process:
        process.event("following", 30)
        return [_burst(simulator, burst) for burst in range(BURSTS)]


def _burst(simulator: Simulator, burst: int) -> int:
    before = _rounds(simulator)
    for upload in range(UPLOADS):
        path = f"/v1.0/me/drive/root:/burst-{burst}-{upload}.txt:/content"
        simulator.request("PUT", path, "content")
    time.sleep(QUIET)
    return _rounds(simulator) - before


def _rounds(simulator: Simulator) -> int:
    return sum("/delta" in each["path"] for each in simulator.requests())

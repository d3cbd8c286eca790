"""The unkind service: how it treats what happens, in simulated time."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from typing import Any

from ..programs import built
from ..simulator import Simulator
from .clients import PROFILE

DRIVE = "b!me"
ITEMS = 300
PAGE = 60
LATENCY = 25
"""Seconds from a change to its notification."""
LAG = (5, 60)
"""The range of seconds from a change to its delta."""
LAG_LASTS = 300
"""Seconds until another lag is drawn from the range."""
TOMBSTONE_LAG = 10
"""How many seconds later than other changes deletions come."""
TOMBSTONE_LOSS = 0.05
UNCHANGED = 0.1
NOT_FOUND = 0.01
LIFETIME = 1200
"""Seconds until a notification URL expires."""


@dataclass(frozen=True)
class Clock:
    """Simulated time."""

    scale: float
    """How many simulated seconds a second is."""

    def real(self, seconds: float) -> float:
        return seconds / self.scale

    def milliseconds(self, seconds: float) -> int:
        return round(self.real(seconds) * 1000)


def unkind(clock: Clock, seed: int) -> Simulator:
    share = f"answer=404,share={NOT_FOUND}"
    switches: dict[str, object] = {
        "seed": f"{DRIVE}={ITEMS}",
        "page-size": PAGE,
        "random-seed": seed,
        "latency": clock.milliseconds(LATENCY),
        "lifetime": max(1, round(clock.real(LIFETIME))),
        "delta-tombstone-lag": clock.milliseconds(TOMBSTONE_LAG),
        "delta-tombstone-loss": TOMBSTONE_LOSS,
        "delta-unchanged": UNCHANGED,
    }
    flags = ["empty-rounds-skip-deletions", "enumerations-lose-tombstones", "tombstone-hashes"]
    return Simulator(
        built(PROFILE, "drivebell-simulator"),
        *(text for name, value in switches.items() for text in (f"--{name}", str(value))),
        *(f"--delta-{flag}" for flag in flags),
        *("--fault", f"{share},on=delta", "--fault", f"{share},on=endpoint"),
    )


def draw_lag(simulator: Simulator, clock: Clock, rng: random.Random) -> None:
    # Short lags are more frequent than long ones: the logarithm is uniform.
    lag = math.exp(rng.uniform(*map(math.log, LAG)))
    change = json.dumps({"lag": clock.milliseconds(lag)})
    simulator.request("PATCH", f"/_simulator/delta?drive={DRIVE}", change)


def items(simulator: Simulator) -> list[dict[str, Any]]:
    """The items that truly exist, without the root."""
    found: list[dict[str, Any]] = simulator.request("GET", f"/_simulator/items?drive={DRIVE}")
    return [item for item in found if item["parent"] is not None]

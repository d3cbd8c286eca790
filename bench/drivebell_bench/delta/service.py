"""The simulated service with a large drive, on its own core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection

from ..process import Process
from ..programs import PYTHON, built
from ..simulator import TOKEN, Simulator
from .clients import PROFILE

RECORDING = 600.0
"""Seconds to wait until the pages are recorded."""

NEXT = b'"@odata.nextLink":"'


def with_items(items: int, core: str) -> Simulator:
    # The root is one of them.
    seed = ("--seed", f"b!me={items - 1}")
    return Simulator(built(PROFILE, "drivebell-simulator"), *seed, core=core)


@dataclass(frozen=True)
class Recorded:
    """A service with recorded pages."""

    base_url: str
    process: Process
    simulator: Simulator


@contextmanager
def recorded(items: int, core: str) -> Iterator[Recorded]:
    module = "drivebell_bench.delta.recorded"
    with (
        with_items(items, core) as simulator,
        Process([PYTHON, "-m", module, simulator.base_url], core=core) as process,
    ):
        yield Recorded(process.text(RECORDING).split()[-1], process, simulator)


def enumerate_unparsed(simulator: Recorded) -> None:
    """Gets every page in turn, and finds nothing in it but the link to the next one."""
    connection = HTTPConnection(simulator.base_url.removeprefix("http://"))
    path: str | None = "/v1.0/me/drive/root/delta"
    while path is not None:
        connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        body = connection.getresponse().read()
        _, found, after = body.partition(NEXT)
        link = after.partition(b'"')[0].decode()
        path = link.removeprefix(simulator.base_url) if found else None
    connection.close()

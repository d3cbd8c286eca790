"""The simulated service with a large drive, on its own core."""

from __future__ import annotations

from http.client import HTTPConnection

from ..programs import built
from ..simulator import TOKEN, Simulator
from .clients import PROFILE

NEXT = b'"@odata.nextLink":"'


def with_items(items: int, core: str) -> Simulator:
    # The root is one of them.
    seed = ("--seed", f"b!me={items - 1}")
    return Simulator(built(PROFILE, "drivebell-simulator"), *seed, core=core)


def enumerate_unparsed(simulator: Simulator) -> None:
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

"""Tests of programs that use drivebell, against a simulator of Microsoft's service.

    async def test_a_new_file_is_noticed(drivebell_simulator: Simulator) -> None:
        async with drivebell_simulator.client() as client:
            async with client.subscribe(drivebell.Resource.my_drive()) as sub:
                await drivebell_simulator.upload("/report.txt", "content")
                assert (await sub.next(timeout=5)).kind == "changed"

`pip install drivebell[testing]` installs the simulator, and the fixtures `drivebell_simulator` and
`drivebell_simulator_sync` of pytest. Without pytest, use `async with Simulator() as simulator:`, or
`with SyncSimulator() as simulator:`.

docs/testing.md shows more: faults, expiries, and what the simulator can do.
"""

from ._async import AsyncFault, Simulator
from ._error import SimulatorError
from ._fault import Fault, FaultAction, FaultTarget
from ._records import Item, Request, SentEvent, Session
from ._sync import SyncSimulator

__all__ = [
    "AsyncFault",
    "Fault",
    "FaultAction",
    "FaultTarget",
    "Item",
    "Request",
    "SentEvent",
    "Session",
    "Simulator",
    "SimulatorError",
    "SyncSimulator",
]

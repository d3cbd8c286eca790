"""How much one worker takes: memory, CPU, endpoint calls and resource units, by drives."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from proof.deadline import until
from proof.fleet import SETTLED, Fleet
from proof.scenes import Size, changing

IDLE = 60.0
"""Seconds."""
QUIET = 5.0
"""Seconds without a new change, after which a worker is at rest."""


async def sizing(folder: Path, drives: int, rate: float) -> dict[str, str]:
    """One worker, with all drives enumerated: idle for a minute, and with changes for a minute."""
    async with Fleet(folder, drives) as fleet:
        worker = fleet.start_worker()
        await fleet.observe()
        empty = worker.memory_kib()
        await fleet.start(0)
        await at_rest(fleet)
        began = worker.cpu_seconds()
        await asyncio.sleep(IDLE)
        idle_cpu = (worker.cpu_seconds() - began) / IDLE
        memory = worker.memory_kib()
        looked = await asyncio.to_thread(queries, fleet)
        began, start = worker.cpu_seconds(), time.monotonic()
        async with changing(fleet, Size(drives, rate=rate)):
            await asyncio.sleep(IDLE)
        cpu = worker.cpu_seconds() - began - idle_cpu * (time.monotonic() - start)
        edits = len(await asyncio.to_thread(fleet.graph.edits))
        asked = await asyncio.to_thread(queries, fleet) - looked
        calls = await asyncio.to_thread(fleet.graph.endpoint_calls)
        messages = await fleet.connection.jetstream().stream_info("drivebell-changes")
        stored = messages.state
    per_change = cpu / edits * 1000
    return {
        "memory of a worker, MB": f"{memory / 1024:.0f}",
        "memory per drive, KB": f"{(memory - empty) / drives:.1f}",
        "CPU when nothing changes, cores": f"{idle_cpu:.3f}",
        "CPU per change, ms": f"{per_change:.2f}",
        "endpoint calls at the start": f"{calls}",
        "resource units per change": f"{asked / edits:.2f}",
        "bytes per message in the stream": f"{stored.bytes / max(stored.messages, 1):.0f}",
    }


async def at_rest(fleet: Fleet) -> None:
    """Waits until each drive has been enumerated, and nothing has been published for a while."""

    async def is_at_rest() -> bool:
        before = len(fleet.observer.arrivals)
        await asyncio.sleep(QUIET)
        await fleet.observer.caught_up()
        drives = len(fleet.observer.checkpoints)
        return drives == fleet.drives and len(fleet.observer.arrivals) == before

    await until(is_at_rest, "the worker is at rest", deadline=SETTLED)


def queries(fleet: Fleet) -> int:
    """Rounds of delta queries so far. With a token, each costs one resource unit."""
    return sum(watch.what == "queried" for watch in fleet.graph.watching())

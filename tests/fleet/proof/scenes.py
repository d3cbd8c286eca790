"""What happens to a fleet: short in tests, long in `make soak-fleet`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from proof.fleet import Fleet, now
from proof.nats_server import NEWEST
from proof.report import Loss, Report, report
from proof.workers import Worker


@dataclass(frozen=True)
class Size:
    """How large a scene is, and how long it lasts."""

    drives: int
    workers: int = 5
    rate: float = 50.0
    """Changes a second, over all drives."""
    seconds: float = 20.0
    """How long drives are changed."""
    every: float = 5.0
    """Seconds between kills."""
    away: float = 6.0
    """Seconds for which something is paused or cut off: longer than a lease lasts."""
    program: Path = NEWEST
    settings: dict[str, object] = field(default_factory=dict)


@asynccontextmanager
async def running(folder: Path, size: Size) -> AsyncIterator[Fleet]:
    """A fleet whose drives all have a socket."""
    async with Fleet(folder, size.drives, size.program, settings=size.settings) as fleet:
        await fleet.start(size.workers)
        yield fleet


@asynccontextmanager
async def changing(
    fleet: Fleet, size: Size, drives: list[str] | None = None
) -> AsyncIterator[None]:
    """Changes these drives all the time, or all. At the end, waits until each change is there."""
    await asyncio.to_thread(fleet.graph.edit, size.rate, drives)
    yield
    await asyncio.to_thread(fleet.graph.stop_editing)
    await fleet.all_arrived()
    await fleet.settled(len(drives) if drives else None)


async def lose(fleet: Fleet, worker: Worker) -> Loss:
    """Which drives a worker has at this moment."""
    await fleet.observer.caught_up()
    return Loss(now(), frozenset(fleet.owned_by(worker)))


async def kills(fleet: Fleet, size: Size) -> Report:
    """Again and again the worker that has run the longest is killed, and a new one started."""
    losses = []
    async with changing(fleet, size):
        end = now() + size.seconds
        while now() < end:
            await asyncio.sleep(size.every)
            victim = next(worker for worker in fleet.workers if worker.is_running())
            losses.append(await lose(fleet, victim))
            victim.kill()
            fleet.start_worker()
    return await report(fleet, losses)


async def nats_restarted(fleet: Fleet, size: Size) -> Report:
    """NATS is stopped as for an upgrade, and is back after a while; then it is killed."""
    async with changing(fleet, size):
        for stop in (fleet.server.stop, fleet.server.kill):
            await asyncio.sleep(size.seconds / 4)
            await asyncio.to_thread(stop)
            await asyncio.sleep(size.away / 2)
            await asyncio.to_thread(fleet.server.start)
        await asyncio.sleep(size.seconds / 4)
    return await report(fleet)


async def partitioned(folder: Path, size: Size) -> tuple[Report, dict[str, str]]:
    """All workers lose NATS at once. Also returns what they held meanwhile."""
    async with Fleet(folder, size.drives, size.program, settings=size.settings) as fleet:
        networks = [await fleet.network() for _ in range(size.workers)]
        for network in networks:
            fleet.start_worker(nats_url=network.url)
        await fleet.start(0)
        async with changing(fleet, size):
            await asyncio.sleep(size.seconds / 4)
            memory = [worker.memory_kib() for worker in fleet.workers]
            for network in networks:
                network.cut()
            await asyncio.sleep(size.away)
            grown = [worker.memory_kib() for worker in fleet.workers]
            for network in networks:
                network.mend()
            await asyncio.sleep(size.seconds / 4)
        growth = max(after - before for before, after in zip(memory, grown, strict=True))
        return await report(fleet), {"memory grown meanwhile, MB": f"{growth / 1024:.1f}"}


async def one_cut_off(folder: Path, size: Size) -> Report:
    """One worker loses NATS for longer than its lease lasts. It must not know better."""
    async with Fleet(folder, size.drives, size.program, settings=size.settings) as fleet:
        network = await fleet.network()
        cut_off = fleet.start_worker(nats_url=network.url)
        await fleet.start(size.workers - 1)
        async with changing(fleet, size):
            await asyncio.sleep(size.seconds / 4)
            loss = await lose(fleet, cut_off)
            network.cut()
            await asyncio.sleep(size.away)
            network.mend()
            await asyncio.sleep(size.seconds / 4)
        assert cut_off.is_running(), f"see {cut_off.log}"
        # Its sockets stay, but what it hears reaches nobody.
        return await report(fleet, [loss], paused=loss)


async def paused(fleet: Fleet, size: Size) -> Report:
    """One worker is stopped and continued. Its sockets stay, and nobody hears them."""
    async with changing(fleet, size):
        await asyncio.sleep(size.seconds / 4)
        victim = fleet.workers[0]
        loss = await lose(fleet, victim)
        victim.pause()
        await asyncio.sleep(size.away)
        victim.go_on()
        await asyncio.sleep(size.seconds / 4)
    assert victim.is_running(), f"see {victim.log}"
    return await report(fleet, [loss], paused=loss)


async def upgraded(fleet: Fleet, size: Size) -> Report:
    """One worker after another is told to stop, and a new one started before."""
    async with changing(fleet, size):
        for worker in list(fleet.workers):
            fleet.start_worker()
            await asyncio.sleep(size.every)
            code = await asyncio.to_thread(worker.stop)
            assert code == 0, f"{worker.name} ended with {code}: see {worker.log}"
    return await report(fleet)

"""Drives of a fleet that come and go, or cannot be followed; and a stream without space."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from proof.deadline import until
from proof.fleet import Fleet, entry
from proof.report import report
from proof.scenes import Size, changing
from proof.workers import run

SIZE = Size(drives=60, workers=2, rate=30)


async def test_drives_are_added_and_removed_while_it_runs(tmp_path: Path) -> None:
    async with Fleet(tmp_path, SIZE.drives) as fleet:
        *others, drive = fleet.graph.ids()
        for _ in range(SIZE.workers):
            fleet.start_worker()
        await fleet.observe()
        await fleet.add(others)
        await fleet.settled(len(others))
        assert not any(arrival.drive == drive for arrival in fleet.observer.arrivals)
        async with changing(fleet, SIZE):
            # It had changes before it was added: an enumeration brings them.
            await fleet.add([drive])
            await fleet.settled()
        (await report(fleet)).check()

        bucket = await fleet.entries()
        await bucket.delete(drive)

        async def alone() -> bool:
            return await asyncio.to_thread(fleet.graph.connected) == len(others)

        await until(alone, "nobody follows the drive that was removed")
        await fleet.observer.caught_up()
        before = [it for it in fleet.observer.arrivals if it.drive == drive]
        assert before
        async with changing(fleet, SIZE, others):
            unseen = await asyncio.to_thread(fleet.graph.simulator.upload, "unseen.txt", drive)
        assert [it for it in fleet.observer.arrivals if it.drive == drive] == before

        # Added again: what has changed meanwhile comes.
        await fleet.add([drive])
        await fleet.settled()

        async def seen() -> bool:
            await fleet.observer.caught_up()
            return any(it.item == unseen["id"] for it in fleet.observer.arrivals)

        await until(seen, "what changed while nobody followed the drive is in the stream")
        found = await report(fleet)
        assert not found.delivery.lost
        assert not found.trespasses


async def test_one_users_trouble_is_not_that_of_others(tmp_path: Path) -> None:
    async with Fleet(tmp_path, SIZE.drives) as fleet:
        refused, broken, *others = fleet.graph.ids()
        fleet.tokens.refused[entry(refused)["user"]] = "invalid_grant"
        for _ in range(SIZE.workers):
            fleet.start_worker()
        await fleet.observe()
        bucket = await fleet.entries()
        await bucket.put(broken, b'{"resource": "/drives/x", "user": ')
        await bucket.put("wrong-resource", json.dumps(entry(refused) | {"resource": "x"}).encode())
        await fleet.add([refused, *others])
        await fleet.settled(len(others))

        async def status() -> str:
            worker = fleet.workers[0]
            command = ["status", "--json"]
            return await asyncio.to_thread(run, worker.nats, worker.settings, tmp_path, command)

        async def reported() -> bool:
            said = await status()
            return all(drive in said for drive in (refused, broken, "wrong-resource"))

        await until(reported, "status names the drives that cannot be followed")
        assert "invalid_grant" in await status()
        async with changing(fleet, SIZE, others):
            await asyncio.sleep(3)
        (await report(fleet)).check()

        # The entry is corrected, and the user has signed in again: nobody restarts anything. By
        # itself, a worker asks for a refused token only every five minutes.
        del fleet.tokens.refused[entry(refused)["user"]]
        await fleet.add([broken])
        await bucket.delete(refused)

        async def forgotten() -> bool:
            return refused not in await status()

        await until(forgotten, "the refused drive is removed")
        await fleet.add([refused])
        await fleet.settled()


async def test_a_full_stream_holds_changes_back_and_loses_none(tmp_path: Path) -> None:
    async with Fleet(tmp_path, SIZE.drives) as fleet:
        await fleet.start(SIZE.workers)
        await fleet.observer.caught_up()
        jetstream = fleet.connection.jetstream()
        config = (await jetstream.stream_info("drivebell-changes")).config
        assert config.discard == "new"
        state = (await jetstream.stream_info("drivebell-changes")).state
        config.max_msgs = state.messages + 30
        await jetstream.update_stream(config)
        async with changing(fleet, SIZE):

            async def full() -> bool:
                info = await jetstream.stream_info("drivebell-changes")
                return info.state.messages >= (config.max_msgs or 0)

            await until(full, "the stream is full")
            await asyncio.sleep(4)
            assert await full()
            assert all(worker.is_running() for worker in fleet.workers)
            config.max_msgs = -1
            await jetstream.update_stream(config)
        found = await report(fleet)
        found.check()
        assert found.delivery.delays[-1] > 3

"""What a stream of changes shows of itself, and hints that wake it."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import drivebell
import pytest
from change_streams import IDLE, batch_with, catch_up, changes_of, event_of, reaches, seeded
from deadline import eventually, soon
from drivebell import Changes, ChangesStats, Client, Resource
from drivebell._handlers import LifecycleName
from drivebell._names import LifecycleKind
from session import HURRIED

from simulator import TOKEN


async def reconnected(changes: Changes, times: int) -> None:
    await eventually(lambda: changes.stats().reconnects == times)


def check_state(changes: Changes, state: str) -> None:
    assert changes.state == state


async def test_the_state_follows_the_stream() -> None:
    with seeded(100, "--page-size", "10") as simulator:
        simulator.set_fault("hold=toServer,on=delta")
        async with changes_of(simulator, **IDLE) as changes:
            check_state(changes, "starting")
            events = changes.events()
            await event_of(events, "connected")
            check_state(changes, "starting")
            simulator.release_faults()
            await soon(anext(changes))
            check_state(changes, "enumerating")
            await catch_up(changes)
            check_state(changes, "live")
            simulator.set_fault("answer=503,on=delta")
            changes.hint()
            await event_of(events, "query_failed")
            check_state(changes, "away")
            simulator.release_faults()
            await reaches(changes, "live")
            simulator.set_fault("answer=503,on=endpoint")
            simulator.set_fault("answer=503,on=socket,when=next")
            simulator.fault("cut", on="socket")
            await event_of(events, "disconnected")
            check_state(changes, "polling")
            simulator.release_faults()
            await event_of(events, "connected")
            check_state(changes, "live")
            assert repr(changes) == "<drivebell.Changes /me/drive/root live>"
        check_state(changes, "closed")
        assert repr(changes) == "<drivebell.Changes /me/drive/root closed>"


async def test_the_counters_count() -> None:
    began = datetime.now(UTC) - timedelta(seconds=5)
    with seeded(20) as simulator:
        async with changes_of(simulator, **IDLE) as changes:
            assert changes.stats() == ChangesStats()
            await catch_up(changes)
            first = changes.stats()
            assert (first.batches, first.items, first.queries) == (1, 21, 1)
            assert first.last_items_at is not None
            assert began < first.last_items_at < datetime.now(UTC) + timedelta(seconds=5)
            simulator.upload("new.txt")
            await batch_with(changes, "new.txt")
            changes.hint()
            await eventually(lambda: changes.stats().queries == 3)
            simulator.fault("cut", on="socket")
            await reconnected(changes, 1)
        last = changes.stats()
        assert (last.batches, last.items) == (2, 23)
        assert (last.notifications, last.hints, last.failures) == (1, 1, 0)
        assert last.last_query_at is not None
        assert last.last_items_at is not None
        assert first.last_items_at < last.last_items_at < last.last_query_at
        rest = (last.repeated, last.resyncs, last.audits, last.renewals, last.deaf)
        assert rest == (0,) * 5
        with pytest.raises(dataclasses.FrozenInstanceError):
            last.items = 7  # type: ignore[misc]


async def test_events_come_beside_the_batches_and_end_with_the_stream() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, **IDLE) as changes:
            events = changes.events()
            reading = asyncio.ensure_future(event_of(events, "disconnected"))
            await catch_up(changes)
            simulator.fault("cut", on="socket")
            lost = await soon(reading)
            assert (lost.reason, lost.resource) == ("connection_closed", changes.resource)
            assert lost.client is None
            # Another loop goes on where the first one was.
            events = changes.events()
            await event_of(events, "connected")
            simulator.upload("new.txt")
            await batch_with(changes, "new.txt")
            waiting = asyncio.ensure_future(anext(events, None))
            await asyncio.sleep(0)
        assert await soon(waiting) is None
        del events
        assert [event async for event in changes.events()] == []


async def test_another_loop_continues_with_the_next_event() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, **IDLE) as changes:
            await catch_up(changes)
            await reaches(changes, "live")
            kinds: list[str] = []
            simulator.fault("cut", on="socket")
            await reconnected(changes, 1)
            while len(kinds) < 3:
                async for event in changes.events():
                    kinds.append(event.kind)
                    break
            assert kinds == ["connected", "disconnected", "connected"]


async def test_a_cancelled_wait_loses_no_event() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, **IDLE) as changes:
            events = changes.events()
            await event_of(events, "connected")
            kinds: list[str] = []
            for cut in range(5):
                waiting = asyncio.ensure_future(anext(events))
                await asyncio.sleep(0)
                simulator.fault("cut", on="socket")
                waiting.cancel()
                await reconnected(changes, cut + 1)
                await asyncio.wait([waiting])
                assert waiting.cancelled()
                kinds += [(await soon(anext(events))).kind for _ in range(2)]
            assert kinds == ["disconnected", "connected"] * 5


async def test_the_last_event_has_the_error_that_ended_the_stream() -> None:
    with seeded(1) as simulator:
        async with Client("another-token", base_url=simulator.base_url) as client:
            changes = client.changes(Resource.my_drive(), since="start")
            with pytest.raises(drivebell.AuthenticationError) as raised:
                await soon(anext(changes))
            assert changes.state == "closed"
            events = [event async for event in changes.events()]
            assert [event.kind for event in events].count("ended") == 1
            ended = events[-1]
            assert isinstance(ended.error, drivebell.AuthenticationError)
            assert str(ended.error) == str(raised.value)
            assert (ended.kind, ended.retry_in, ended.reason) == ("ended", None, None)
            with pytest.raises(drivebell.StateError):
                changes.hint()


@pytest.mark.parametrize("unreachable", ["from the start", "delta only"])
async def test_the_start_has_a_timeout(unreachable: str) -> None:
    with seeded(1) as simulator:
        if unreachable == "delta only":
            simulator.set_fault("answer=503,on=delta")
        else:
            simulator.kill()
        began = time.monotonic()
        async with changes_of(simulator, start_timeout=0.3) as changes:
            events = changes.events()
            with pytest.raises(drivebell.Error) as raised:
                await soon(anext(changes))
            assert raised.value.retryable
            assert time.monotonic() - began < 5
            assert changes.stats().failures >= 1
            if unreachable == "delta only":
                failed = await event_of(events, "query_failed")
                assert failed.error is not None
                assert failed.retry_in is not None
            ended = await event_of(events, "ended")
            assert type(ended.error) is type(raised.value)


async def test_any_thread_may_hint() -> None:
    with seeded(10) as simulator:
        async with changes_of(simulator, push="off", **IDLE) as changes:
            await catch_up(changes)
            simulator.upload("new.txt")
            thread = threading.Thread(target=changes.hint)
            thread.start()
            batch = await batch_with(changes, "new.txt")
            thread.join()
            assert batch.trigger == "hint"
            assert changes.stats().hints == 1
            hinting = [threading.Thread(target=changes.hint) for _ in range(20)]
            for thread in hinting:
                thread.start()
            for thread in hinting:
                thread.join()
            await eventually(lambda: changes.stats().queries >= 3)
            assert changes.stats().hints <= 21
        with pytest.raises(drivebell.StateError, match="checkpoint"):
            changes.hint()


@pytest.mark.parametrize("closes", ["client", "changes"])
async def test_a_closed_stream_takes_no_hint(closes: str) -> None:
    with seeded(10) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url, **HURRIED)
        changes = client.changes(Resource.my_drive(), since="now", **IDLE)
        await soon(anext(changes))
        closing = client.aclose() if closes == "client" else changes.aclose()
        task = asyncio.ensure_future(closing)
        await asyncio.sleep(0)
        # At once, whatever the closing still waits for.
        assert changes.state == "closed"
        with pytest.raises(drivebell.StateError):
            changes.hint()
        await soon(task)
        assert changes.stats().batches == 1
        await client.aclose()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_an_iterator_of_events_does_not_keep_the_stream() -> None:
    with seeded(10) as simulator:
        client = Client(TOKEN, base_url=simulator.base_url)
        events = client.changes(Resource.my_drive(), since="now").events()
        gc.collect()
        assert await soon(anext(events, None)) is None
        await eventually(lambda: simulator.connected() == 0)
        await client.aclose()


SCRIPT = """
import asyncio, sys, drivebell
async def main():
    global changes, task
    client = drivebell.Client(sys.argv[2], base_url=sys.argv[1])
    changes = client.changes(drivebell.Resource.my_drive(), since="now")
    await anext(changes)
    async def watch():
        async for event in changes.events(): pass
    task = asyncio.create_task(watch())
    await asyncio.sleep(0.01)
    print("done")
asyncio.run(main())
"""


def test_a_program_that_exits_while_it_waits_for_events_does_not_hang() -> None:
    with seeded(5) as simulator:
        result: Any = subprocess.run(
            [sys.executable, "-X", "dev", "-c", SCRIPT, simulator.base_url, TOKEN],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert (result.returncode, result.stdout) == (0, "done\n"), result.stderr


def test_every_kind_of_event_is_of_a_subscription_or_of_changes() -> None:
    others = {"ended", "query_failed", "push_refused"}
    assert {*get_args(LifecycleName), *others} == {*get_args(LifecycleKind)}
    sub = Client(TOKEN, base_url="http://127.0.0.1:9").subscribe(Resource.my_drive())
    for kind in others:
        with pytest.raises(drivebell.InvalidArgumentError):
            sub.on(kind, print)  # type: ignore[call-overload]


async def test_ready_waits_for_the_end_of_the_first_enumeration() -> None:
    with seeded(60, "--page-size", "20") as simulator:
        async with changes_of(simulator, **IDLE) as changes:
            ready = asyncio.create_task(changes.ready())
            first = await soon(anext(changes))
            assert not first.caught_up
            assert not ready.done()
            last = await catch_up(changes)
            await soon(ready)
        async with changes_of(simulator, since=last.checkpoint, **IDLE) as changes:
            await soon(changes.ready())
        async with changes_of(simulator, since="now", **IDLE) as changes:
            await soon(changes.ready())
        async with changes_of(simulator, **IDLE) as changes:
            ready = asyncio.create_task(changes.ready())
            await soon(anext(changes))
        with pytest.raises(drivebell.StateError, match="closed before its first enumeration"):
            await soon(ready)
        simulator.set_fault("answer=403,on=delta")
        async with changes_of(simulator, **IDLE) as changes:
            ready = asyncio.create_task(changes.ready())
            with pytest.raises(drivebell.AccessDeniedError):
                await soon(anext(changes))
            with pytest.raises(drivebell.AccessDeniedError):
                await soon(ready)

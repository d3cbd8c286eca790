"""Loops that end and begin again, and waits with a timeout."""

from __future__ import annotations

import asyncio
import builtins
import subprocess
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import drivebell
import drivebell.sync
import pytest
from change_streams import seeded
from deadline import soon
from drivebell import InvalidArgumentError, Resource, StateError
from session import HURRIED
from threads import soon as soon_in_thread
from threads import start_thread, until

from simulator import TOKEN, Simulator

MINE = Resource.my_drive()


@pytest.fixture
def blocking(simulator: Simulator) -> Iterator[drivebell.sync.Client]:
    with drivebell.sync.Client(TOKEN, base_url=simulator.base_url) as client:
        yield client


async def test_a_loop_that_a_timeout_has_ended_does_not_block_the_next_one(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(MINE) as sub:
        ended: list[BaseException] = []
        for _ in range(3):
            try:
                async with asyncio.timeout(0.05):
                    async for _note in sub:
                        pass
            except TimeoutError as error:
                # Its traceback keeps the loop's iterator.
                ended.append(error)
        assert len(ended) == 3
        simulator.notify()
        async for note in sub:
            assert note.kind == "changed"
            break
        simulator.notify()
        async for event in sub.events():
            if isinstance(event, drivebell.Notification):
                break


def test_a_loop_that_ctrl_c_has_ended_does_not_block_the_next_one(
    blocking: drivebell.sync.Client, simulator: Simulator
) -> None:
    with blocking.subscribe(MINE) as sub:
        kept: list[Any] = []
        simulator.notify()
        try:
            for note in sub:
                kept.append(note)
                raise KeyboardInterrupt
        except KeyboardInterrupt as error:
            kept.append(error)
        simulator.notify()
        for note in sub:
            kept.append(note)
            break
        assert [type(each).__name__ for each in kept] == [
            "Notification",
            "KeyboardInterrupt",
            "Notification",
        ]


async def test_next_waits_no_longer_than_its_timeout_and_loses_nothing(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(MINE) as sub, client.subscribe_all([MINE]) as subs:
        assert (await soon(subs.next())).kind == "resync"
        for consumer in (sub, subs):
            for timeout in (0, 0.02):
                with pytest.raises(drivebell.TimeoutError, match="nothing came within") as raised:
                    await consumer.next(timeout=timeout)
                assert raised.value.retryable
        simulator.notify()
        for consumer in (sub, subs):
            assert (await soon(consumer.next(timeout=60))).kind == "changed"
        wrong: list[Any] = [-1, float("nan"), "1", True]
        for value in wrong:
            with pytest.raises(InvalidArgumentError) as refused:
                await sub.next(value)
            assert refused.value.argument == "timeout"
    for consumer in (sub, subs):
        with pytest.raises(StateError, match="closed"):
            await soon(consumer.next())


async def test_next_of_changes_and_of_a_mirror_has_a_timeout(tmp_path: Path) -> None:
    with seeded(1) as simulator:
        async with drivebell.Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
            await next_of_streams(client, simulator, tmp_path / "drive.db")


async def next_of_streams(client: drivebell.Client, simulator: Simulator, file: Path) -> None:
    async with client.changes(MINE, since="now") as changes:
        assert (await soon(changes.next())).caught_up
        with pytest.raises(drivebell.TimeoutError):
            await changes.next(timeout=0.02)
        simulator.upload("new.txt")
        batch = await soon(changes.next(timeout=60))
        assert "new.txt" in [item.name for item in batch.items]
    with pytest.raises(StateError, match="closed"):
        await soon(changes.next())
    async with client.mirror(MINE, file, initial="silent") as mirror:
        await soon(mirror.ready())
        with pytest.raises(drivebell.TimeoutError):
            await mirror.next(timeout=0.02)
        simulator.upload("newer.txt")
        assert (await soon(mirror.next(timeout=60))).path == "/newer.txt"


def test_next_waits_no_longer_than_its_timeout_without_a_loop(
    blocking: drivebell.sync.Client, simulator: Simulator
) -> None:
    with blocking.subscribe(MINE) as sub:
        for wait in (lambda: sub.next(0), lambda: sub.next(0.02)):
            with pytest.raises(drivebell.TimeoutError, match="nothing came within"):
                soon_in_thread(wait)
        # Also on the main thread, which looks for signals.
        with pytest.raises(drivebell.TimeoutError):
            sub.next(0.3)
        waiting = start_thread(lambda: sub.next(20))
        until(lambda: not _can_wait(sub))
        simulator.notify()
        assert waiting.result(20).kind == "changed"
        simulator.notify()
        assert sub.next(20).kind == "changed"
        with pytest.raises(InvalidArgumentError):
            sub.next(-1)
    with pytest.raises(StateError, match="closed"):
        sub.next()


def test_next_of_changes_and_of_a_mirror_has_a_timeout_without_a_loop(tmp_path: Path) -> None:
    with (
        seeded(1) as simulator,
        drivebell.sync.Client(TOKEN, base_url=simulator.base_url) as client,
    ):
        with client.changes(MINE, since="now") as changes:
            assert changes.next(20).caught_up
            with pytest.raises(drivebell.TimeoutError):
                changes.next(0.02)
        with pytest.raises(StateError, match="closed"):
            changes.next()
        with client.mirror(MINE, tmp_path / "drive.db", initial="silent") as mirror:
            mirror.ready()
            with pytest.raises(drivebell.TimeoutError):
                mirror.next(0.02)


def _can_wait(sub: drivebell.sync.Subscription) -> bool:
    try:
        sub.next(0)
    except drivebell.TimeoutError:
        return True
    except StateError:
        return False
    return True


def test_errors_are_the_builtin_ones_too() -> None:
    timeout = drivebell.TimeoutError("late", retryable=True)
    assert isinstance(timeout, builtins.TimeoutError)
    assert isinstance(timeout, drivebell.Error)
    assert isinstance(timeout, asyncio.TimeoutError)
    assert (timeout.message, timeout.retryable, timeout.args) == ("late", True, ("late",))
    assert str(timeout) == f"late; see {timeout.help_url}"
    failed = drivebell.ConnectionFailedError("no route", reason="connection_closed")
    assert isinstance(failed, builtins.ConnectionError)
    assert isinstance(failed, OSError)
    assert (failed.message, failed.reason) == ("no route", "connection_closed")


async def test_a_refused_connection_is_a_connection_error() -> None:
    async with drivebell.Client(TOKEN, base_url="http://127.0.0.1:9", retry_timeout=0) as client:
        with pytest.raises(ConnectionError) as raised:
            await soon(client.endpoint(MINE))
    assert isinstance(raised.value, drivebell.ConnectionFailedError)


def test_one_resource_where_many_are_expected_is_refused_by_name() -> None:
    one: Any = MINE
    with drivebell.sync.Client(TOKEN, base_url="http://127.0.0.1:9") as client:
        for call in (
            lambda: client.subscribe_all(one),
            lambda: client.subscribe_all(None),  # type: ignore[arg-type]
            lambda: client.changes_all(one, since="now"),
            lambda: client.mirror_all(one, "drive.db"),
        ):
            with pytest.raises(
                InvalidArgumentError, match=r"write \[resource\] for one"
            ) as refused:
                call()
            assert refused.value.argument == "resources"


def test_async_calls_without_asyncio_say_what_to_use() -> None:
    client = drivebell.Client(TOKEN, base_url="http://127.0.0.1:9")
    sub = client.subscribe(MINE)
    calls: list[Coroutine[Any, Any, object]] = [
        client.endpoint(MINE),
        client.sign_in(),
        sub.__aenter__(),
        client.subscribe(MINE, wait_live=False).__aenter__(),
        client.subscribe_all([MINE]).__aenter__(),
    ]
    for call in calls:
        # As trio runs it.
        with pytest.raises(StateError, match=r"event loop of asyncio.*drivebell\.sync.*trio"):
            call.send(None)


def test_importing_the_package_gives_the_blocking_face_too() -> None:
    program = "import drivebell; print(drivebell.sync.Client.__qualname__)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout == "Client\n"

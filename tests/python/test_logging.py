"""What drivebell logs, and that logging delays nothing else."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import drivebell
import pytest
from change_streams import QUICK, catch_up, seeded
from deadline import eventually, soon
from drivebell import Client, Resource, _native
from drivebell._calls import call
from session import HURRIED

from simulator import TOKEN, Simulator


class BlockingHandler(logging.Handler):
    """Blocks the thread that logs until it is released, and keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())
        self.released.wait()


@pytest.fixture
def blocking() -> Iterator[BlockingHandler]:
    handler = BlockingHandler()
    logger = logging.getLogger("drivebell")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield handler
    handler.released.set()
    logger.removeHandler(handler)
    logger.setLevel(level)


async def test_a_handler_that_blocks_delays_no_notification_and_takes_little_memory(
    simulator: Simulator, blocking: BlockingHandler
) -> None:
    client = Client(TOKEN, base_url=simulator.base_url)
    async with client, client.subscribe(Resource.my_drive()) as sub:
        await eventually(lambda: len(blocking.texts) == 1)
        # Each call logs its request. More of them than may wait.
        for _ in range(25):
            calls = (client.endpoint(Resource.my_drive()) for _ in range(50))
            await soon(asyncio.gather(*calls))
        simulator.notify()
        await soon(anext(aiter(sub)))
        assert len(blocking.texts) == 1
        blocking.released.set()
        await eventually(lambda: any("records were dropped" in it for it in blocking.texts))
        # Those that waited, and a few that an earlier test still logged.
        assert len(blocking.texts) < 1100


async def test_a_level_that_is_not_taken_is_not_passed_on_and_may_change(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    async with Client(TOKEN, base_url=simulator.base_url) as client:
        for level, expected in [(logging.WARNING, False), (logging.DEBUG, True)]:
            caplog.set_level(level, "drivebell")
            caplog.clear()
            await soon(client.endpoint(Resource.my_drive()))
            if expected:
                await eventually(lambda: "GET" in caplog.text)
            assert ("GET" in caplog.text) == expected


@contextmanager
def records_of(level: int, logger: str = "drivebell") -> Iterator[list[logging.LogRecord]]:
    """The records that a handler of this logger gets."""
    records: list[logging.LogRecord] = []

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    handler = Handler()
    target = logging.getLogger(logger)
    before = target.level
    target.addHandler(handler)
    target.setLevel(level)
    try:
        yield records
    finally:
        target.removeHandler(handler)
        target.setLevel(before)


def of(records: list[logging.LogRecord], channel: str) -> list[dict[str, Any]]:
    return [vars(it) for it in records if vars(it)["channel"] == channel]


async def test_each_room_has_a_logger_and_each_record_its_fields() -> None:
    with (
        records_of(logging.DEBUG) as records,
        seeded(50, "--page-size", "20") as simulator,
    ):
        simulator.set_fault("answer=429,retryAfter=1,on=delta,times=1")
        async with (
            Client(TOKEN, base_url=simulator.base_url, label="alex", **HURRIED) as client,
            client.changes(Resource.my_drive(), since="start", **QUICK) as changes,
        ):
            await catch_up(changes)
        await eventually(lambda: bool(of(records, "drivebell.changes.round")))
        await eventually(
            lambda: "closed" in [it["event"] for it in of(records, "drivebell.session")]
        )

    [throttled] = [it for it in of(records, "drivebell.graph.request") if it["status"] == 429]
    assert (throttled["name"], throttled["levelno"]) == ("drivebell.graph", logging.WARNING)
    assert throttled["label"] == "alex"
    assert throttled["retry_after"] == 1
    assert throttled["error_kind"] == "throttled"
    page = "https://drivebell.github.io/drivebell/errors/throttled/"
    assert throttled["help_url"] == page
    assert page not in throttled["error"]
    answered = next(it for it in of(records, "drivebell.graph.request") if it["status"] == 200)
    assert answered["levelno"] == logging.DEBUG
    assert answered["method"] == "GET"
    assert answered["host"] == "127.0.0.1"
    assert answered["path"].startswith("/v1.0/me/drive")
    assert 0 < answered["duration"] < 20
    assert answered["request_id"]
    assert answered["client_request_id"]
    assert answered["bytes"] > 0

    session = of(records, "drivebell.session")
    assert {it["name"] for it in session} == {"drivebell.session"}
    assert {it["label"] for it in session} == {"alex"}
    assert [it["event"] for it in session] == ["started", "connected", "closed"]
    assert session[1]["levelno"] == logging.INFO
    assert session[1]["msg"] % session[1]["args"] == (
        "connected resource=/me/drive/root label=alex"
    )
    created = [it["created"] for it in session]
    assert created == sorted(created)

    first = of(records, "drivebell.changes.round")[0]
    assert first["name"] == "drivebell.changes"
    assert first["trigger"] == "start"
    assert first["pages"] >= 3
    assert first["items"] >= 50
    assert first["duration"] > 1


async def test_the_level_of_one_room_is_taken(simulator: Simulator) -> None:
    with records_of(logging.DEBUG, "drivebell.graph") as records:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            async with client.subscribe(Resource.my_drive()):
                pass
            await eventually(lambda: bool(of(records, "drivebell.graph.request")))
    assert {it.name for it in records} == {"drivebell.graph"}


def test_a_program_that_configures_no_log_sees_none() -> None:
    program = """
import drivebell, logging
assert any(isinstance(it, logging.NullHandler) for it in logging.getLogger("drivebell").handlers)
logging.getLogger("drivebell.graph").warning("not shown")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


async def test_a_panic_raises_an_error_and_the_next_call_works(simulator: Simulator) -> None:
    async with Client(TOKEN, base_url=simulator.base_url) as client:
        for _ in range(3):
            with pytest.raises(drivebell.Error, match="the call panicked, which is a bug"):
                await soon(call(_native._panic))
            await soon(client.endpoint(Resource.my_drive()))

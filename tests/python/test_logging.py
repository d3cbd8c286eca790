"""What drivebell logs, and that logging delays nothing else."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterator

import drivebell
import pytest
from deadline import eventually, soon
from drivebell import Client, Resource, _native
from drivebell._calls import call

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
        assert len(blocking.texts) <= 1002


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


async def test_a_panic_raises_an_error_and_the_next_call_works(simulator: Simulator) -> None:
    async with Client(TOKEN, base_url=simulator.base_url) as client:
        for _ in range(3):
            with pytest.raises(drivebell.Error, match="the call panicked, which is a bug"):
                await soon(call(_native._panic))
            await soon(client.endpoint(Resource.my_drive()))

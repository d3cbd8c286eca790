from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import drivebell
import pytest

from simulator import TOKEN, Simulator


@pytest.fixture(scope="session")
def _shared_simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def simulator(_shared_simulator: Simulator) -> Simulator:
    """A simulator with default options; tests that stop or configure one start their own."""
    return _shared_simulator


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[drivebell.Client]:
    async with drivebell.Client(TOKEN, base_url=simulator.base_url) as client:
        yield client

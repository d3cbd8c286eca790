from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Protocol

import drivebell
import pytest

from simulator import SERVICES, TOKEN, Simulator


class Start(Protocol):
    def __call__(
        self, *options: str, tokens: tuple[str, ...] = (TOKEN,)
    ) -> AbstractContextManager[Simulator]: ...


@pytest.fixture(scope="session")
def running() -> Iterator[Callable[[str], Simulator]]:
    """Each service with default options, started when a test first needs it."""
    started: dict[str, Simulator] = {}
    with ExitStack() as stack:

        def get(service: str) -> Simulator:
            if service not in started:
                started[service] = stack.enter_context(Simulator(service=service))
            return started[service]

        yield get


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Each test that needs the service runs against every implementation."""
    return str(request.param)


@pytest.fixture
def simulator(service: str, running: Callable[[str], Simulator]) -> Simulator:
    """A service with default options; tests that stop or configure one start their own."""
    return running(service)


@pytest.fixture
def start(service: str) -> Start:
    """Starts a service with these options."""

    def start(*options: str, tokens: tuple[str, ...] = (TOKEN,)) -> Simulator:
        return Simulator(options=options, tokens=tokens, service=service)

    return start


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[drivebell.Client]:
    options: dict[str, Any] = {"base_url": simulator.base_url, "first_refusal_timeout": 0}
    async with drivebell.Client(TOKEN, **options) as client:
        yield client


@pytest.fixture
def no_other_ca(monkeypatch: pytest.MonkeyPatch) -> None:
    """`requests`, and so the identity libraries, would trust these authorities instead of the ones
    that they are told to trust."""
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(variable, raising=False)

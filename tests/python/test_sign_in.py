"""Persons who sign in, credentials that hang, and everything that waits for one token."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import AccessToken, Client, Resource, TokenRequest, sync
from session import HURRIED, expect, until
from threads import credential_threads

from simulator import TOKEN, Simulator

HOUR = 3600


def token() -> AccessToken:
    return AccessToken(TOKEN, time.time() + HOUR)


@dataclass
class Person:
    """A credential that asks a person, who comes when told to. It blocks a thread."""

    asked: int = 0
    comes: threading.Event = field(default_factory=threading.Event)
    requests: list[TokenRequest] = field(default_factory=list)

    def __call__(self, request: TokenRequest) -> AccessToken:
        self.asked += 1
        self.requests.append(request)
        request.signing_in()
        while not self.comes.wait(0.01):
            if request.cancelled:
                raise drivebell.SignInRequired("nobody came")
        return token()


@dataclass
class PersonOnLoop:
    """The same with a coroutine."""

    asked: int = 0
    comes: threading.Event = field(default_factory=threading.Event)
    cancelled: int = 0

    async def __call__(self, request: TokenRequest) -> AccessToken:
        self.asked += 1
        request.signing_in()
        try:
            await eventually(self.comes.is_set)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return token()


@pytest.mark.parametrize("service", ["simulator"])  # npm's has no delta query
@pytest.mark.parametrize("make", [Person, PersonOnLoop])
# The stream of changes is collected after its first batch.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_person_is_asked_once_whatever_waits(
    simulator: Simulator, make: Callable[[], Person | PersonOnLoop]
) -> None:
    person = make()
    resources = [Resource.my_drive(), Resource.drive("b!me")]
    client = Client(
        person, base_url=simulator.base_url, credential_timeout=0.1, start_timeout=0.1, **HURRIED
    )
    async with client, client.subscribe_all(resources) as subs:
        events = subs.events()
        await expect(events, *["signing_in"] * len(resources))
        assert {subs.state(resource) for resource in resources} == {"signing_in"}
        changes = asyncio.create_task(anext(client.changes(Resource.my_drive(), since="start")))
        sub = client.subscribe(Resource.my_drive())
        entering = asyncio.create_task(sub.__aenter__())
        signing_in = asyncio.create_task(client.sign_in())
        # Longer than the timeouts that do not apply to a person.
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in (changes, entering, signing_in))
        person.comes.set()
        for task in (changes, entering, signing_in):
            await soon(task)
        for _ in resources:
            await until(events, "connected")
        await sub.aclose()
    assert person.asked == 1


def test_a_person_signs_in_for_a_blocking_client(simulator: Simulator) -> None:
    person = Person()
    with sync.Client(person, base_url=simulator.base_url, credential_timeout=0.1) as client:
        threading.Timer(0.5, person.comes.set).start()
        client.sign_in()
        with client.subscribe(Resource.my_drive()):
            pass
    assert person.asked == 1


async def test_somebody_who_does_not_come_is_asked_again_by_sign_in_only(
    simulator: Simulator,
) -> None:
    person = Person()
    options: dict[str, Any] = {"credential_timeout": 0.1, "sign_in_timeout": 0.1}
    async with Client(person, base_url=simulator.base_url, **options) as client:
        for _ in range(3):
            match = "nobody signed in within 100ms"
            with pytest.raises(drivebell.AuthenticationError, match=match) as raised:
                await soon(client.subscribe(Resource.my_drive()).__aenter__())
            assert not raised.value.retryable
        assert person.asked == 1
        await eventually(lambda: person.requests[0].cancelled)
        person.comes.set()
        await soon(client.sign_in())
        await soon(client.endpoint(Resource.my_drive()))
    assert person.asked == 2


class InteractiveBrowserCredential:
    """Has the name and the interface of azure-identity's."""

    def __init__(self) -> None:
        self.comes = threading.Event()

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        self.comes.wait()
        return token()


class Chain:
    """Like azure-identity's `ChainedTokenCredential`."""

    def __init__(self, *credentials: Any) -> None:
        self.credentials = credentials

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        answer: AccessToken = self.credentials[-1].get_token(*scopes, **options)
        return answer


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: Chain(object(), it)])
async def test_an_interactive_credential_is_recognized(
    simulator: Simulator, wrap: Callable[[Any], Any]
) -> None:
    credential = InteractiveBrowserCredential()
    client = Client(wrap(credential), base_url=simulator.base_url, credential_timeout=0.1)
    async with client, client.subscribe(Resource.my_drive(), wait_live=False) as sub:
        # Before, it could be a refresh without a person.
        await expect(sub.events(), "signing_in")
        assert sub.state == "signing_in"
        credential.comes.set()
        await until(sub.events(), "connected")


async def test_a_function_that_hangs_is_waited_for_and_never_doubled(
    simulator: Simulator,
) -> None:
    release = threading.Event()
    calls = 0

    def credential() -> AccessToken:
        nonlocal calls
        calls += 1
        release.wait()
        return token()

    client = Client(credential, base_url=simulator.base_url, credential_timeout=0.05, **HURRIED)
    async with client, client.subscribe(Resource.my_drive(), wait_live=False) as sub:
        events = sub.events()
        for _ in range(5):
            event = await soon(anext(events))
            assert event.kind == "unavailable"
            assert isinstance(event.error, drivebell.TimeoutError)
        assert calls == 1
        release.set()
        await until(events, "connected")
    assert calls == 1


async def test_a_thousand_users_whose_login_hangs_take_few_threads(simulator: Simulator) -> None:
    release = threading.Event()

    def credential() -> AccessToken:
        release.wait()
        return token()

    options: dict[str, Any] = {"credential_timeout": 0.5, "max_endpoint_calls_per_second": 10_000}
    first = Client(TOKEN, base_url=simulator.base_url, **options, **HURRIED)
    async with first, first.subscribe_all() as subs:
        clients = [first.with_credential(credential) for _ in range(1000)]
        for client in clients:
            subs.add(Resource.my_drive(), client=client)
        failed = 0
        async for event in subs.events():
            failed += event.kind == "unavailable"
            if failed >= 2000:
                break
        assert credential_threads() <= 64
        release.set()
        live = 0
        async with asyncio.timeout(20):
            async for event in subs.events():
                live += event.kind == "connected"
                if live == 1000:
                    break
    # Idle threads end.
    await eventually(lambda: credential_threads() == 0)


async def test_closing_a_client_tells_its_credential_to_stop(simulator: Simulator) -> None:
    blocking, on_loop = Person(), PersonOnLoop()
    for person in (blocking, on_loop):
        client = Client(person, base_url=simulator.base_url)
        async with client.subscribe(Resource.my_drive(), wait_live=False) as sub:
            await expect(sub.events(), "signing_in")
            await client.aclose()
    await eventually(lambda: blocking.requests[0].cancelled)
    await eventually(lambda: on_loop.cancelled == 1)


async def test_a_session_outlives_a_long_outage_of_graph_and_login(start: Start) -> None:
    """Longer than `refusal_timeout`, which counts refusals only."""
    down = False

    def credential() -> str:
        if down:
            raise ConnectionError("[Errno 111] Connection refused")
        return TOKEN

    with start() as service:
        client = Client(credential, base_url=service.base_url, refusal_timeout=0.1, **HURRIED)
        async with client, client.subscribe(Resource.my_drive()) as sub:
            events = sub.events()
            await expect(events, "connected")
            down = True
            service.kill()
            seen = await until(events, "unavailable")
            began = time.monotonic()
            while time.monotonic() - began < 0.5:
                seen.append(await soon(anext(events)))
            assert {event.kind for event in seen} == {"disconnected", "unavailable"}
            service.start_again()
            down = False
            await until(events, "connected")
            await expect(events, "resync")

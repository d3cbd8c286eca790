"""Live sessions whose token expires while the identity service fails, with each library that gives
a user's token."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import drivebell
import pytest
from deadline import eventually, soon
from drivebell import AuthenticationError, Client, Resource
from identity import GRAPH, Identity
from identity_faults import FAULTS, OUTAGES, REFUSALS
from identity_libraries import EXPECTED_WARNINGS, LIBRARIES, QUIET, Library, authorization_code
from session import HURRIED, Event, expect, until
from threads import credential_threads

from simulator import TOKEN

pytestmark = EXPECTED_WARNINGS

USERS = [library for library in LIBRARIES if library.is_user]
TOKEN_LIFE = 2
"""Seconds."""
REFUSAL_TIMEOUT = 0.3


@pytest.fixture
def identity(no_other_ca: None) -> Iterator[Identity]:  # noqa: ARG001
    options = ("--device-code-interval", "0", "--access-token-lifetime", str(TOKEN_LIFE))
    with Identity(options) as identity:
        yield identity
    gc.collect()


@dataclass
class Session:
    library: Library
    sub: drivebell.Subscription
    events: AsyncIterator[Event]


class Sessions(AsyncExitStack):
    """A live session for each library that gives tokens of a user, all with the same options."""

    def __init__(self, identity: Identity, **options: Any) -> None:
        super().__init__()
        self.identity = identity
        self.options = {**HURRIED, "refusal_timeout": REFUSAL_TIMEOUT, **options}
        self.all: list[Session] = []

    async def start(self, libraries: list[Library] = USERS) -> None:
        for library in libraries:
            credential = await self.enter_async_context(library.open(self.identity))
            options = {**self.options, "scopes": library.scopes}
            client = Client(credential, base_url=self.identity.base_url, **options)
            await self.enter_async_context(client)
            sub = client.subscribe(Resource.my_drive(), wait_live=False)
            await self.enter_async_context(sub)
            self.all.append(Session(library, sub, sub.events()))
        # The time until they were live is a gap.
        await self.each(lambda it: until(it.events, "resync"))

    async def lose_token_and_connection(self) -> None:
        """The tokens expire, and then the connections end: each session needs a token."""
        issued = time.time()
        await eventually(lambda: time.time() > issued + TOKEN_LIFE)
        self.identity.lose_connections()

    async def each(self, do: Callable[[Session], Any]) -> dict[str, Any]:
        """Does the same in all sessions at once. Returns the results by library."""
        results = await asyncio.gather(*(soon(do(it)) for it in self.all))
        return dict(zip((it.library.name for it in self.all), results, strict=True))


async def outlive(session: Session) -> set[str]:
    """Takes the events of an outage that is longer than `refusal_timeout`."""
    began = time.monotonic()
    kinds = set[str]()
    while time.monotonic() < began + 3 * REFUSAL_TIMEOUT or "unavailable" not in kinds:
        event = await anext(session.events)
        kinds.add(event.kind)
        if isinstance(event, drivebell.Lifecycle) and event.error is not None:
            assert event.error.retryable, (session.library, event.error)
    return kinds - {"signing_in"}


@pytest.mark.parametrize("outage", [it for it in OUTAGES if FAULTS[it].injected])
async def test_a_live_session_outlives_an_outage(identity: Identity, outage: str) -> None:
    fault = FAULTS[outage]
    assert fault.injected is not None
    # Long enough for credentials that start commands on a busy machine.
    timeouts = {"credential_timeout": 0.8, "sign_in_timeout": 0.8} if fault.hangs else {}
    async with Sessions(identity, **timeouts) as sessions:
        await sessions.start()
        identity.set_fault(fault.injected)
        await sessions.lose_token_and_connection()
        kinds = await sessions.each(outlive)
        assert all(it == {"disconnected", "unavailable"} for it in kinds.values()), kinds
        identity.release_faults()
        await sessions.each(lambda it: until(it.events, "connected"))
        await sessions.each(lambda it: expect(it.events, "resync"))
    asking = [it.library for it in sessions.all if it.library.asks]
    assert identity.prompts() == len(asking)


@pytest.mark.parametrize(
    "outage",
    ["cannot be reached", "answers 429", "answers 503", "answers `temporarily_unavailable`"],
)
async def test_a_credential_that_may_not_ask_does_not_ask(identity: Identity, outage: str) -> None:
    fault = FAULTS[outage].injected
    assert fault is not None
    async with Sessions(identity) as sessions:
        await sessions.start([QUIET])
        identity.set_fault(fault)
        await sessions.lose_token_and_connection()
        await sessions.each(outlive)
        identity.release_faults()
        await sessions.each(lambda it: until(it.events, "connected"))
    assert identity.prompts() == 1


@pytest.mark.parametrize("refusal", REFUSALS)
async def test_a_live_session_that_is_refused_ends_after_refusal_timeout(
    identity: Identity, refusal: str
) -> None:
    fault = FAULTS[refusal]
    assert fault.injected is not None

    async def end(session: Session) -> AuthenticationError:
        # AuthorizationCodeCredential forgets a refresh token that is refused.
        match = f"{fault.aadsts}|No authorization code, cached access token, or refresh token"
        with pytest.raises(AuthenticationError, match=match) as raised:
            await until(session.events, "connected")
        return raised.value

    async with Sessions(identity) as sessions:
        await sessions.start()
        identity.set_fault(fault.injected)
        await sessions.lose_token_and_connection()
        errors = await sessions.each(end)
        assert not any(error.retryable for error in errors.values())


async def test_a_live_session_outlives_a_refusal_that_is_short(identity: Identity) -> None:
    async def be_refused(session: Session) -> None:
        async for event in session.events:
            error = event.error if isinstance(event, drivebell.Lifecycle) else None
            if isinstance(error, AuthenticationError):
                assert not error.retryable
                return

    async with Sessions(identity, refusal_timeout=60) as sessions:
        # A person who was asked and refused is asked again by `sign_in` only.
        await sessions.start([library for library in USERS if not library.asks])
        fault = FAULTS["answers `interaction_required`"].injected
        assert fault is not None
        # msal keeps the answer for a minute otherwise.
        identity.set_fault(f"{fault},retryAfter=1")
        await sessions.lose_token_and_connection()
        await sessions.each(be_refused)
        identity.release_faults()
        await sessions.each(lambda it: until(it.events, "connected"))


async def test_a_thousand_users_whose_login_service_hangs_take_few_threads(
    identity: Identity,
) -> None:
    users = 1000
    options: dict[str, Any] = {
        "credential_timeout": 0.5,
        "max_endpoint_calls_per_second": 10_000,
        "scopes": (GRAPH, "offline_access"),
    }
    first = Client(TOKEN, base_url=identity.base_url, **options, **HURRIED)
    async with first, first.subscribe_all() as subs:
        identity.set_fault("hold,on=identity")
        for _ in range(users):
            client = first.with_credential(authorization_code(identity))
            subs.add(Resource.my_drive(), client=client)
        failed = 0
        async for event in subs.events():
            failed += event.kind == "unavailable"
            if failed >= 2 * users:
                break
        await eventually(lambda: credential_threads() >= 64)
        assert credential_threads() == 64
        identity.release_faults()
        live = set()
        async with asyncio.timeout(60):
            async for event in subs.events():
                assert event.kind != "ended", event
                if event.kind == "connected":
                    live.add(event.client)
                if len(live) == users:
                    break

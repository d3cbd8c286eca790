"""How long a token is used, and sessions whose credential fails or hangs."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import Client, Resource, TokenRequest
from session import (
    HURRIED,
    assert_one_gap,
    expect,
    expect_no_more_than_a_change,
    until,
)

from simulator import TOKEN, Simulator

HOUR = 3600


@dataclass
class AccessToken:
    """A token as azure-identity returns it."""

    token: str
    expires_on: Any


@dataclass
class Source:
    """Issues tokens with a lifetime in seconds, and counts them."""

    life: float | None
    refreshes: list[bool] = field(default_factory=list)

    def issue(self, *, refresh: bool = False) -> Any:
        self.refreshes.append(refresh)
        if self.life is None:
            return TOKEN
        return AccessToken(TOKEN, int(time.time() + self.life))


def azure(source: Source) -> Any:
    class Credential:
        def get_token(self, *_scopes: str, **_options: Any) -> Any:
            return source.issue()

    return Credential()


def azure_async(source: Source) -> Any:
    class Credential:
        async def get_token(self, *_scopes: str, **_options: Any) -> Any:
            return source.issue()

    return Credential()


def function(source: Source) -> Any:
    return lambda request: source.issue(refresh=request.refresh)


def async_function(source: Source) -> Any:
    async def credential() -> Any:
        return source.issue()

    return credential


FORMS: list[Callable[[Source], Any]] = [azure, azure_async, function, async_function]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("life", "options", "times"),
    [
        (HOUR, {}, 1),
        (100, {}, 3),
        (100, {"token_refresh_margin": 0}, 1),
        (HOUR, {"token_refresh_margin": 2 * HOUR}, 3),
        (None, {}, 3),
    ],
)
async def test_a_token_is_used_until_shortly_before_its_expiry(
    simulator: Simulator,
    form: Callable[[Source], Any],
    life: float | None,
    options: dict[str, float],
    times: int,
) -> None:
    source = Source(life)
    async with Client(form(source), base_url=simulator.base_url, **options) as client:  # type: ignore[arg-type]
        await soon(client.endpoint(Resource.my_drive()))
        await soon(client.endpoint(Resource.my_drive()))
        async with client.subscribe(Resource.my_drive()):
            pass
    assert source.refreshes == [False] * times


async def test_a_refused_token_is_replaced_before_its_expiry(
    simulator: Simulator,
) -> None:
    refreshes: list[bool] = []

    def credential(request: TokenRequest) -> AccessToken:
        refreshes.append(request.refresh)
        return AccessToken(TOKEN if request.refresh else "revoked", time.time() + HOUR)

    async with Client(credential, base_url=simulator.base_url) as client:
        for _ in range(3):
            await soon(client.endpoint(Resource.my_drive()))
    assert refreshes == [False, True]


@pytest.mark.parametrize("expires_on", ["2030-01-01", True, object()])
async def test_an_expiry_of_another_type_is_an_error(
    simulator: Simulator, expires_on: object
) -> None:
    credential = Client(lambda: AccessToken(TOKEN, expires_on), base_url=simulator.base_url)
    async with credential as client:
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await soon(client.endpoint(Resource.my_drive()))
    assert "expires_on" in str(raised.value.__cause__)


class OutageError(Exception):
    pass


def failing(_request: TokenRequest) -> str:
    raise OutageError


async def failing_later(_request: TokenRequest) -> str:
    await asyncio.sleep(0)
    raise OutageError


@pytest.mark.parametrize("credential", [failing, failing_later])
async def test_a_failing_credential_ends_nothing_that_can_wait(
    simulator: Simulator, credential: Callable[[TokenRequest], str]
) -> None:
    options: dict[str, Any] = {"base_url": simulator.base_url, **HURRIED}
    async with Client(credential, start_timeout=0, **options) as client:
        with pytest.raises(drivebell.AuthenticationError, match="OutageError") as raised:
            await soon(_enter_and_take_one(client.subscribe(Resource.my_drive())))
        assert isinstance(raised.value.__cause__, OutageError)
        assert raised.value.retryable

    failures = iter([True, True, True])

    async def later_well(request: TokenRequest) -> str:
        if next(failures, False):
            result = credential(request)
            return await result if inspect.isawaitable(result) else result
        return TOKEN

    async with (
        Client(later_well, **options) as client,
        client.subscribe(Resource.my_drive(), wait_live=False) as sub,
    ):
        received = await until(sub.events(), "connected")
        assert [event.kind for event in received] == [*["unavailable"] * 3, "connected"]


def refusing(_request: TokenRequest) -> str:
    raise drivebell.SignInRequired("run the login first")


@pytest.mark.parametrize("wait_live", [True, False])
async def test_a_refusing_credential_ends_a_session_that_was_never_live(
    simulator: Simulator, wait_live: bool
) -> None:
    async with Client(refusing, base_url=simulator.base_url, start_timeout=None) as client:
        sub = client.subscribe(Resource.my_drive(), wait_live=wait_live)
        match = "sign in again: SignInRequired: run the login first"
        with pytest.raises(drivebell.AuthenticationError, match=match) as raised:
            await soon(_enter_and_take_one(sub))
    assert isinstance(raised.value.__cause__, drivebell.SignInRequired)
    assert not raised.value.retryable


async def _enter_and_take_one(sub: drivebell.Subscription) -> None:
    async with sub:
        await anext(aiter(sub))


async def test_a_session_that_was_live_survives_a_temporarily_failing_credential(
    start: Start,
) -> None:
    failures = iter([False, True, True, True])

    def credential(request: TokenRequest) -> str:
        return failing(request) if next(failures, False) else TOKEN

    with start() as service:
        async with (
            Client(credential, base_url=service.base_url, **HURRIED) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            events = sub.events()
            await expect(events, "connected")
            # It forgets its URLs, so that reconnecting needs a token.
            service.kill()
            service.start_again()
            received = await until(events, "connected")
            assert_one_gap(received)
            errors = [event.error for event in received if isinstance(event, drivebell.Lifecycle)]
            raised = [error for error in errors if isinstance(error, drivebell.AuthenticationError)]
            assert [type(error.__cause__) for error in raised] == [OutageError] * 3
            await expect(events, "resync")
            await expect_no_more_than_a_change(service, events)


@dataclass
class Hanging:
    """An async credential that never returns. It records that it was called and cancelled."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> str:
        self.called.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return TOKEN


async def test_a_credential_that_hangs_times_out_and_is_cancelled(simulator: Simulator) -> None:
    options: dict[str, Any] = {"credential_timeout": 0.1, "retry_timeout": 0, "start_timeout": 0}
    uses: list[Callable[[Client], Any]] = [
        lambda client: client.endpoint(Resource.my_drive()),
        lambda client: client.subscribe(Resource.my_drive()).__aenter__(),
    ]
    for use in uses:
        credential = Hanging()
        async with Client(credential, base_url=simulator.base_url, **options) as client:
            with pytest.raises(drivebell.TimeoutError, match="credential_timeout") as raised:
                await soon(use(client))
            assert raised.value.retryable
            await soon(credential.cancelled.wait())


async def test_a_credential_that_hangs_is_cancelled_with_the_call(simulator: Simulator) -> None:
    credential = Hanging()
    async with Client(credential, base_url=simulator.base_url) as client:
        call = asyncio.create_task(client.endpoint(Resource.my_drive()))
        await soon(credential.called.wait())
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await soon(credential.cancelled.wait())


async def test_a_credential_that_hangs_is_cancelled_with_the_subscription(
    simulator: Simulator,
) -> None:
    credential = Hanging()
    async with Client(credential, base_url=simulator.base_url) as client:
        async with client.subscribe(Resource.my_drive(), wait_live=False):
            await soon(credential.called.wait())
        await soon(credential.cancelled.wait())


async def test_a_credential_that_blocks_times_out(simulator: Simulator) -> None:
    release = threading.Event()

    def credential() -> str:
        release.wait()
        return TOKEN

    options: dict[str, Any] = {"credential_timeout": 0.1, "retry_timeout": 0}
    async with Client(credential, base_url=simulator.base_url, **options) as client:
        with pytest.raises(drivebell.TimeoutError, match="credential_timeout"):
            await soon(client.endpoint(Resource.my_drive()))
        release.set()
        await soon(client.endpoint(Resource.my_drive()))


async def test_a_session_survives_the_end_of_another_loop_that_used_its_client(
    start: Start,
) -> None:
    calls: list[None] = []

    async def credential() -> str:
        calls.append(None)
        return TOKEN

    with start() as service:
        client = Client(credential, base_url=service.base_url, **HURRIED)
        async with client, client.subscribe(Resource.my_drive()) as sub:
            events = sub.events()
            await expect(events, "connected")
            other = asyncio.to_thread(asyncio.run, client.endpoint(Resource.my_drive()))
            assert (await soon(other)).id
            service.kill()
            service.start_again()
            await until(events, "connected")
            await expect(events, "resync")
            await eventually(lambda: len(calls) >= 3)

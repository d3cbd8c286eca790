"""Every kind of credential, and how credentials fail."""

from __future__ import annotations

import asyncio
import base64
import functools
import json
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import drivebell
import pytest
from deadline import soon
from drivebell import Client, Resource, TokenRequest

from simulator import TOKEN, Simulator


@dataclass
class AccessToken:
    token: str
    expires_on: float = field(default_factory=lambda: time.time() + 3600)


@dataclass
class SyncCredential:
    """Has the interface of `azure.identity.DeviceCodeCredential`."""

    scopes: list[tuple[str, ...]] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def get_token(
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> AccessToken:
        assert claims is None
        assert enable_cae
        self.scopes.append(scopes)
        self.threads.append(threading.get_ident())
        return AccessToken(TOKEN)


class AsyncCredential(SyncCredential):
    """Has the interface of the credentials of `azure.identity.aio`."""

    async def get_token(  # type: ignore[override]
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> AccessToken:
        await asyncio.sleep(0)
        return SyncCredential.get_token(self, *scopes, claims=claims, enable_cae=enable_cae)


async def _async_function() -> str:
    await asyncio.sleep(0)
    return TOKEN


async def _async_function_with_request(request: TokenRequest) -> str:
    return TOKEN if request.scopes else ""


class AsyncCallable:
    async def __call__(self, request: TokenRequest) -> str:
        return TOKEN if request.scopes else ""


@pytest.mark.parametrize(
    "credential",
    [
        TOKEN,
        lambda: TOKEN,
        lambda request: TOKEN if request.scopes else "",
        lambda request=None: TOKEN if request.scopes else "",
        functools.partial(_async_function),
        _async_function,
        _async_function_with_request,
        AsyncCallable(),
        SyncCredential(),
        AsyncCredential(),
    ],
)
async def test_every_kind_works(simulator: Simulator, credential: Any) -> None:
    async with Client(credential, base_url=simulator.base_url) as client:
        assert (await soon(client.endpoint(Resource.my_drive()))).id
        async with client.subscribe(Resource.my_drive()):
            pass


async def test_an_azure_credential_is_called_with_the_scopes_off_the_loop(
    simulator: Simulator,
) -> None:
    credential = SyncCredential()
    async with Client(credential, base_url=simulator.base_url) as client:
        await client.endpoint(Resource.my_drive())
    async with Client(
        credential, base_url=simulator.base_url, scopes=["Files.Read", "other"]
    ) as client:
        await client.endpoint(Resource.my_drive())
    assert credential.scopes == [(f"{simulator.base_url}/.default",), ("Files.Read", "other")]
    assert threading.get_ident() not in credential.threads


async def test_a_function_is_called_again_after_a_401(simulator: Simulator) -> None:
    refreshes: list[bool] = []

    def credential(request: TokenRequest) -> str:
        refreshes.append(request.refresh)
        return TOKEN if request.refresh else "expired"

    async with Client(credential, base_url=simulator.base_url) as client:
        await client.endpoint(Resource.my_drive())
    assert refreshes == [False, True]

    async with Client(lambda: "expired", base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
    assert raised.value.status == 401


class OutageError(Exception):
    pass


SECRET = "EwB4A8l6BAAU5cIsb6Y7Kq7h"


def _raise() -> str:
    raise OutageError(f"no answer\nwith a token, {SECRET}")


async def _raise_later() -> str:
    await asyncio.sleep(0)
    raise OutageError(f"no answer to {SECRET}")


async def test_a_request_may_end_before_the_loop_has_called_the_credential(
    simulator: Simulator,
) -> None:
    options: dict[str, Any] = {"credential_timeout": 0.1, "sign_in_timeout": 0.1}
    async with Client(_async_function, base_url=simulator.base_url, **options) as client:
        endpoint = asyncio.ensure_future(client.endpoint(Resource.my_drive()))
        await asyncio.sleep(0)
        # Python would warn of a coroutine that was never awaited, which fails a test.
        time.sleep(0.5)  # noqa: ASYNC251 - the loop of a busy program
        await soon(endpoint)


@pytest.mark.parametrize("credential", [_raise, _raise_later])
async def test_the_exception_of_a_credential_is_the_cause(
    simulator: Simulator, credential: Callable[[], str]
) -> None:
    async with Client(credential, base_url=simulator.base_url) as client:
        match = "OutageError: no answer"
        with pytest.raises(drivebell.AuthenticationError, match=match) as raised:
            await client.endpoint(Resource.my_drive())
    assert isinstance(raised.value.__cause__, OutageError)
    assert raised.value.status is None
    assert raised.value.retryable
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("returned", [None, 7, b"bytes", AccessToken(7)])  # type: ignore[arg-type]
async def test_a_result_of_another_type_is_an_error(simulator: Simulator, returned: object) -> None:
    async with Client(lambda: returned, base_url=simulator.base_url) as client:  # type: ignore[arg-type]
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
    assert isinstance(raised.value.__cause__, TypeError)
    assert not raised.value.retryable


BAD_TOKENS = [
    ("", "empty"),
    ("two words", "white space"),
    ("s3cr3t\r\nX: y", "line break"),
    ("Bearer s3cr3t", 'begins with "Bearer "'),
    ("s3cr\u00e9t", "cannot have"),
]


@pytest.mark.parametrize(("token", "problem"), BAD_TOKENS)
async def test_an_unusable_token_is_refused_by_what_is_wrong_with_it(
    simulator: Simulator, token: str, problem: str
) -> None:
    async with Client(lambda: token, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError, match="no usable token") as returned:
            await client.endpoint(Resource.my_drive())
    with pytest.raises(drivebell.InvalidArgumentError) as passed:
        Client(token)
    with pytest.raises(drivebell.InvalidArgumentError) as constructed:
        drivebell.AccessToken(token, time.time() + 3600)
    assert passed.value.argument == constructed.value.argument == "token"
    for error in (returned.value, passed.value, constructed.value):
        assert problem in str(error)
        assert "s3cr" not in str(error)


@pytest.mark.parametrize(
    ("expires_on", "problem"),
    [
        (0, "days ago"),
        (time.time() - 7200, "h ago"),
        (time.time() * 1000, "year 3000"),
        (float("inf"), "not a time"),
        (float("nan"), "not a time"),
    ],
    ids=["zero", "past", "milliseconds", "infinite", "not a number"],
)
async def test_an_unusable_expiry_is_refused_by_name(
    simulator: Simulator, expires_on: float, problem: str
) -> None:
    with pytest.raises(drivebell.InvalidArgumentError, match=problem) as constructed:
        drivebell.AccessToken(TOKEN, expires_on)
    assert constructed.value.argument == "expires_on"
    returned = AccessToken(TOKEN, expires_on)
    async with Client(lambda: returned, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError, match=f"expires_on.*{problem}"):
            await client.endpoint(Resource.my_drive())


def test_an_access_token_shows_its_expiry_but_not_itself() -> None:
    expires_on = int(time.time()) + 3600
    token = drivebell.AccessToken("s3cr3t", expires_on, refresh_on=expires_on - 60)
    assert (token.token, token.expires_on, token.refresh_on) == (
        "s3cr3t",
        expires_on,
        expires_on - 60,
    )
    assert repr(token) == f"AccessToken('[redacted]', expires_on={expires_on})"


@pytest.mark.parametrize(
    ("credential", "problem"),
    [
        (object(), "get_token_info"),
        (b"token", "a bytes is neither"),
        (None, "a NoneType is neither"),
        (type("App", (), {"acquire_token_silent": None})(), "acquire_token_silent"),
        (drivebell.AccessToken("t", time.time() + 60), "its attribute token"),
        (lambda one, two: (one, two), "one argument nor none"),
    ],
)
def test_an_object_that_is_no_credential_is_refused_by_name(credential: Any, problem: str) -> None:
    with pytest.raises(drivebell.InvalidArgumentError, match=problem) as raised:
        Client(credential)
    assert raised.value.argument == "credential"


def test_one_client_serves_one_loop_after_another(simulator: Simulator) -> None:
    client = Client(_async_function, base_url=simulator.base_url)
    for _ in range(2):
        assert asyncio.run(client.endpoint(Resource.my_drive())).id


async def test_a_claims_challenge_reaches_an_azure_credential() -> None:
    requests: list[tuple[str | None, bool]] = []

    class Credential:
        def get_token(
            self, *_scopes: str, claims: str | None = None, enable_cae: bool = False
        ) -> AccessToken:
            requests.append((claims, enable_cae))
            return AccessToken(TOKEN)

    claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    encoded = base64.b64encode(claims.encode()).decode()
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'
    fault = {
        "action": {"answer": {"status": 401, "headers": {"www-authenticate": challenge}}},
        "on": "endpoint",
        "times": 1,
    }
    with Simulator(("--fault", json.dumps(fault))) as simulator:
        async with Client(Credential(), base_url=simulator.base_url) as client:
            await soon(client.endpoint(Resource.my_drive()))
    assert requests == [(None, True), (claims, True)]


async def test_throttling_is_retried_or_raised_with_its_pause() -> None:
    with Simulator(("--fault", "answer=429,retryAfter=1,on=endpoint,times=1")) as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            await soon(client.endpoint(Resource.my_drive()))
    with Simulator(("--fault", "answer=503,retryAfter=600,on=endpoint,times=1")) as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            for told_by in (503, None):
                with pytest.raises(drivebell.ThrottledError) as raised:
                    await soon(client.endpoint(Resource.my_drive()))
                assert raised.value.status == told_by
                assert raised.value.retry_after is not None
                assert 500 < raised.value.retry_after <= 600
        assert len(simulator.requests()) == 1, "a request went out during the pause"


@pytest.mark.parametrize("credential", [f"Bearer {SECRET}", SECRET.encode()])
async def test_a_credential_that_is_refused_is_in_no_traceback(
    simulator: Simulator, credential: Any
) -> None:
    async with Client(TOKEN, base_url=simulator.base_url) as other:
        for make in (Client, other.with_credential):
            with pytest.raises(drivebell.InvalidArgumentError) as raised:
                make(credential)
            report = traceback.TracebackException.from_exception(raised.value, capture_locals=True)
            # The first frame is that of this test.
            del report.stack[0]
            assert SECRET not in "".join(report.format())


async def test_what_a_credential_returned_is_in_no_traceback(simulator: Simulator) -> None:
    async with Client(lambda: {"id_token": SECRET}, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
    cause = raised.value.__cause__
    assert isinstance(cause, TypeError)
    # Reports of errors print the locals of each frame.
    report = traceback.TracebackException.from_exception(cause, capture_locals=True)
    assert SECRET not in "".join(report.format())

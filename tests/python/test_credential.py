"""Every form a credential may have, and how it may fail."""

from __future__ import annotations

import asyncio
import functools
import threading
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
    expires_on: int = 0


@dataclass
class SyncCredential:
    """As `azure.identity.DeviceCodeCredential` looks to a caller."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)

    def get_token(
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> AccessToken:
        assert claims is None
        assert not enable_cae
        self.asked.append(scopes)
        self.threads.append(threading.get_ident())
        return AccessToken(TOKEN)


class AsyncCredential(SyncCredential):
    """As the credentials of `azure.identity.aio` look."""

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
async def test_every_form_works(simulator: Simulator, credential: Any) -> None:
    async with Client(credential, base_url=simulator.base_url) as client:
        assert (await soon(client.endpoint(Resource.my_drive()))).id
        async with client.subscribe(Resource.my_drive()):
            pass


async def test_an_azure_credential_is_asked_for_the_scopes_off_the_loop(
    simulator: Simulator,
) -> None:
    credential = SyncCredential()
    async with Client(credential, base_url=simulator.base_url) as client:
        await client.endpoint(Resource.my_drive())
    async with Client(
        credential, base_url=simulator.base_url, scopes=["Files.Read", "other"]
    ) as client:
        await client.endpoint(Resource.my_drive())
    assert credential.asked == [(f"{simulator.base_url}/.default",), ("Files.Read", "other")]
    assert threading.get_ident() not in credential.threads


async def test_a_function_is_asked_again_after_a_401(simulator: Simulator) -> None:
    asked: list[bool] = []

    def credential(request: TokenRequest) -> str:
        asked.append(request.refresh)
        return TOKEN if request.refresh else "expired"

    async with Client(credential, base_url=simulator.base_url) as client:
        await client.endpoint(Resource.my_drive())
    assert asked == [False, True]

    async with Client(lambda: "expired", base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
    assert raised.value.status == 401


class OutageError(Exception):
    pass


def _raise() -> str:
    raise OutageError("with a s3cr3t in its text")


async def _raise_later() -> str:
    await asyncio.sleep(0)
    raise OutageError("with a s3cr3t in its text")


@pytest.mark.parametrize("credential", [_raise, _raise_later])
async def test_what_a_credential_raises_is_the_cause(
    simulator: Simulator, credential: Callable[[], str]
) -> None:
    async with Client(credential, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError, match="OutageError") as raised:
            await client.endpoint(Resource.my_drive())
    assert isinstance(raised.value.__cause__, OutageError)
    assert raised.value.status is None
    assert "s3cr3t" not in str(raised.value)


@pytest.mark.parametrize("answer", [None, 7, b"bytes", AccessToken(7)])  # type: ignore[arg-type]
async def test_what_is_not_a_token_is_told(simulator: Simulator, answer: object) -> None:
    async with Client(lambda: answer, base_url=simulator.base_url) as client:  # type: ignore[arg-type]
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
    assert isinstance(raised.value.__cause__, TypeError)


@pytest.mark.parametrize("answer", ["", "two words", "s3cr3t\r\nX: y"])
async def test_an_unusable_token_is_told_without_repeating_it(
    simulator: Simulator, answer: str
) -> None:
    async with Client(lambda: answer, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError, match="no usable token") as raised:
            await client.endpoint(Resource.my_drive())
    assert "s3cr3t" not in str(raised.value)


async def test_giving_up_a_call_that_waits_for_a_credential(simulator: Simulator) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return TOKEN

    async with Client(never, base_url=simulator.base_url) as client:
        call = asyncio.create_task(client.endpoint(Resource.my_drive()))
        await soon(asked.wait())
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call


def test_one_client_serves_one_loop_after_another(simulator: Simulator) -> None:
    client = Client(_async_function, base_url=simulator.base_url)
    for _ in range(2):
        assert asyncio.run(client.endpoint(Resource.my_drive())).id

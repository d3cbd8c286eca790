"""How often a person is asked by the libraries that ask one."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
from collections.abc import Iterator
from typing import Any

import pytest
from deadline import eventually, soon
from drivebell import AuthenticationError, Client, Resource
from identity import Identity
from identity_libraries import LIBRARIES, Library
from session import HURRIED, expect, until

ASKING = [library for library in LIBRARIES if library.asks]


RESOURCES = [Resource.user_drive(f"alex-{n}") for n in range(5)]


@pytest.fixture
def identity(no_other_ca: None) -> Iterator[Identity]:  # noqa: ARG001
    options = ["--device-code-interval", "1", "--sign-in-takes", "never"]
    # More names of the user's drive.
    for resource in RESOURCES:
        options += ["--alias", f"{resource}=b!me".replace("/root", "")]
    with Identity(tuple(options)) as identity:
        yield identity
    gc.collect()


asking = pytest.mark.parametrize("library", ASKING, ids=str)


async def somebody_is_asked(identity: Identity, times: int = 1) -> None:
    await eventually(lambda: identity.prompts() == times)


async def poll(identity: Identity) -> None:
    """Waits until the library asks for the token of a pending code."""
    seen = identity.polls()
    await eventually(lambda: identity.polls() > seen)


async def sign_in(identity: Identity, client: Client) -> None:
    before = identity.prompts()
    signing_in = asyncio.create_task(client.sign_in())
    await somebody_is_asked(identity, before + 1)
    identity.approve()
    await soon(signing_in)


@asking
# The stream of changes is collected after its first batch.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
async def test_a_slow_person_is_asked_once_whatever_waits(
    identity: Identity, library: Library
) -> None:
    options: dict[str, Any] = {"credential_timeout": 0.1, "start_timeout": 0.1, **HURRIED}
    async with (
        library.open(identity) as credential,
        Client(credential, base_url=identity.base_url, **options) as client,
        client.subscribe_all(RESOURCES) as subs,
    ):
        changes = asyncio.create_task(anext(client.changes(Resource.my_drive(), since="start")))
        endpoint = asyncio.create_task(client.endpoint(Resource.my_drive()))
        signing_in = asyncio.create_task(client.sign_in())
        await expect(subs.events(), *["signing_in"] * len(RESOURCES))
        await poll(identity)
        assert not any(task.done() for task in (changes, endpoint, signing_in))
        identity.approve()
        for task in (changes, endpoint, signing_in):
            await soon(task)
        for _ in RESOURCES:
            await soon(until(subs.events(), "connected"))
    assert identity.prompts() == 1


def challenge(identity: Identity) -> None:
    """Graph wants a token that satisfies a claim, once."""
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    encoded = base64.b64encode(claims.encode()).decode()
    header = f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'
    answer = {"status": 401, "headers": {"www-authenticate": header}}
    fault = {"action": {"answer": answer}, "on": "endpoint", "times": 1}
    identity.set_fault(json.dumps(fault))


@asking
async def test_a_claims_challenge_needs_no_person(identity: Identity, library: Library) -> None:
    async with (
        library.open(identity) as credential,
        Client(credential, base_url=identity.base_url, **HURRIED) as client,
    ):
        await sign_in(identity, client)
        challenge(identity)
        await soon(client.endpoint(Resource.my_drive()))
        assert identity.grants() == [("device_code", "issued"), ("refresh_token", "issued")]
    assert identity.prompts() == 1


@asking
async def test_a_policy_that_revokes_tokens_asks_once_more(
    identity: Identity, library: Library
) -> None:
    async with (
        library.open(identity) as credential,
        Client(credential, base_url=identity.base_url, **HURRIED) as client,
    ):
        await sign_in(identity, client)
        async with client.subscribe(Resource.my_drive()) as sub:
            identity.revoke()
            identity.lose_connections()
            await somebody_is_asked(identity, 2)
            await soon(until(sub.events(), "signing_in"))
            identity.approve()
            await soon(until(sub.events(), "connected"))
    assert identity.prompts() == 2


@asking
async def test_somebody_who_declines_is_asked_again_by_sign_in_only(
    identity: Identity, library: Library
) -> None:
    async with (
        library.open(identity) as credential,
        Client(credential, base_url=identity.base_url, **HURRIED) as client,
    ):
        async with client.subscribe(Resource.my_drive(), wait_live=False) as sub:
            await soon(until(sub.events(), "signing_in"))
            identity.decline(identity.seen()["deviceCodes"][0]["user_code"])
            with pytest.raises(AuthenticationError, match=r"sign in again.*AADSTS65004"):
                await soon(until(sub.events(), "connected"))
        with pytest.raises(AuthenticationError, match="AADSTS65004"):
            await soon(client.endpoint(Resource.my_drive()))
        assert identity.prompts() == 1
        await sign_in(identity, client)
        await soon(client.endpoint(Resource.my_drive()))
    assert identity.prompts() == 2


@asking
async def test_a_person_whose_code_is_lost_with_the_network_is_asked_when_it_is_back(
    identity: Identity, library: Library
) -> None:
    async with (
        library.open(identity) as credential,
        Client(credential, base_url=identity.base_url, **HURRIED) as client,
        client.subscribe(Resource.my_drive(), wait_live=False) as sub,
    ):
        events = sub.events()
        await poll(identity)
        identity.set_fault("answer=503,retryAfter=1,on=identity")
        for _ in range(3):
            await soon(until(events, "unavailable"))
        assert identity.prompts() == 1
        identity.release_faults()
        await somebody_is_asked(identity, 2)
        identity.approve()
        await soon(until(events, "connected"))
    assert identity.prompts() == 2

"""Sessions that begin while the identity service fails, with each library: which failure ends them,
and which does not."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from typing import Any

import drivebell
import pytest
from deadline import soon
from drivebell import AuthenticationError, Client, Resource
from identity import Identity
from identity_faults import FAULTS, MEANINGS, OUTAGES, REFUSALS, Elsewhere
from identity_libraries import EXPECTED_WARNINGS, LIBRARIES, Library
from session import HURRIED, Event, until

pytestmark = EXPECTED_WARNINGS

PATIENT: dict[str, Any] = {**HURRIED, "credential_timeout": 10, "sign_in_timeout": 10}
# Long enough for a credential that starts a command on a busy machine.
IMPATIENT: dict[str, Any] = {**HURRIED, "credential_timeout": 0.8, "sign_in_timeout": 0.8}


@pytest.fixture(scope="module")
def running_identity() -> Iterator[Identity]:
    with Identity(("--device-code-interval", "0")) as identity:
        yield identity
    gc.collect()


@pytest.fixture
def identity(running_identity: Identity, no_other_ca: None) -> Iterator[Identity]:  # noqa: ARG001
    yield running_identity
    running_identity.release_faults()


libraries = pytest.mark.parametrize("library", LIBRARIES, ids=str)


def test_the_document_names_every_fault() -> None:
    assert list(MEANINGS) == list(FAULTS)
    assert set(MEANINGS.values()) == {"no", "not now"}


@pytest.mark.parametrize("outage", OUTAGES)
@libraries
async def test_a_session_that_begins_in_an_outage_goes_on(
    identity: Identity, library: Library, outage: str
) -> None:
    fault = FAULTS[outage]
    options = IMPATIENT if fault.hangs else PATIENT
    service = Elsewhere(identity, fault.authority) if fault.authority else identity
    async with library.open(service) as credential:
        if fault.injected:
            identity.set_fault(fault.injected)
        options = {**options, "scopes": library.scopes}
        client = Client(credential, base_url=identity.base_url, **options)
        async with client, client.subscribe(Resource.my_drive(), wait_live=False) as sub:
            events = sub.events()
            for _ in range(2):
                await expect_outage(events)
            if fault.injected:
                identity.release_faults()
                await expect_token(library, events)


async def expect_outage(events: AsyncIterator[Event]) -> None:
    """The session says that it has no token now, and goes on."""
    event = await soon(anext(events))
    if event.kind == "signing_in":
        # Somebody was asked before the service failed.
        event = await soon(anext(events))
    assert isinstance(event, drivebell.Lifecycle)
    assert event.kind == "unavailable", event
    assert isinstance(event.error, AuthenticationError | drivebell.TimeoutError), event.error
    assert event.error.retryable, event.error


async def expect_token(library: Library, events: AsyncIterator[Event]) -> None:
    """The session gets a token, and sends it to Graph."""
    if library.is_user:
        await soon(until(events, "connected"))
        return
    # Graph's answer to the token of an application.
    with pytest.raises(drivebell.AccessDeniedError, match="application"):
        await soon(until(events, "connected"))


@pytest.mark.parametrize("refusal", REFUSALS)
@libraries
async def test_a_session_that_begins_with_a_refusal_ends(
    identity: Identity, library: Library, refusal: str
) -> None:
    fault = FAULTS[refusal]
    assert fault.injected is not None
    async with library.open(identity) as credential:
        identity.set_fault(fault.injected)
        options = {**PATIENT, "scopes": library.scopes}
        client = Client(credential, base_url=identity.base_url, **options)
        match = f"sign in again.*{fault.aadsts}"
        async with client:
            with pytest.raises(AuthenticationError, match=match) as raised:
                await soon(client.subscribe(Resource.my_drive()).__aenter__())
        assert not raised.value.retryable
        assert raised.value.__cause__ is not None
        assert len(str(raised.value)) < 500

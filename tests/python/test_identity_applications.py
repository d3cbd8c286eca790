"""Applications, without a user: Graph gives them no endpoint, and serves their delta queries."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import drivebell
import pytest
from change_streams import QUICK
from deadline import soon
from drivebell import Client, Resource
from identity import Identity
from identity_libraries import EXPECTED_WARNINGS, LIBRARIES, Library
from session import HURRIED

from simulator import MY_DRIVE

pytestmark = EXPECTED_WARNINGS

APPLICATIONS = [library for library in LIBRARIES if not library.is_user]


@pytest.fixture
def identity(no_other_ca: None) -> Iterator[Identity]:  # noqa: ARG001
    with Identity() as identity:
        yield identity
    gc.collect()


@pytest.mark.parametrize("library", APPLICATIONS, ids=str)
async def test_an_application_follows_changes_by_polling(
    identity: Identity, library: Library
) -> None:
    async with library.open(identity) as credential:
        options = {**HURRIED, "scopes": library.scopes, "base_url": identity.base_url}
        drive = Resource.drive(MY_DRIVE)
        async with (
            Client(credential, **options) as client,
            client.changes(drive, since="start", **QUICK) as changes,
        ):
            batch = await soon(anext(changes))
            assert batch.caught_up
            assert changes.state == "polling"
            event = await soon(anext(changes.events()))
            assert event.kind == "push_refused"
            assert isinstance(event.error, drivebell.AccessDeniedError)
            assert "application permissions are not supported" in str(event.error)
            identity.upload("polled.txt")
            batch = await soon(anext(changes))
            assert "polled.txt" in [item.name for item in batch.items]

"""Nothing remains of a closed client, whatever its credential is and does."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import drivebell
import pytest
from azure.core.credentials import AccessTokenInfo
from azure.identity import ClientSecretCredential
from deadline import DEADLINE, eventually, soon
from drivebell import AccessToken, Client, Resource, sync
from identity import APP, TENANT, Identity
from identity_libraries import arguments
from threads import credential_threads

from simulator import TOKEN, Simulator

CLIENTS = 1000
AT_ONCE = 50
"""Calls that hang at the same time: fewer than there are threads."""


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.fixture(scope="module", autouse=True)
def _threads_end() -> Iterator[None]:
    """Idle threads end, after all tests here."""
    yield
    deadline = time.monotonic() + DEADLINE
    while credential_threads() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert credential_threads() == 0


class Hang:
    """Makes credentials hang until they are released."""

    def __init__(self) -> None:
        self.calls = 0
        self.released = threading.Event()
        self.released.set()
        self._lock = threading.Lock()

    def called(self) -> None:
        with self._lock:
            self.calls += 1

    def token(self) -> AccessToken:
        self.called()
        self.released.wait(DEADLINE)
        return AccessToken(TOKEN, time.time() + 3600)

    async def token_later(self) -> AccessToken:
        self.called()
        while not self.released.is_set():  # noqa: ASYNC110 - of another thread
            await asyncio.sleep(0.01)
        return AccessToken(TOKEN, time.time() + 3600)


def function(hang: Hang) -> Any:
    # A method would keep `hang` only.
    return lambda _request: hang.token()


def async_function(hang: Hang) -> Any:
    async def credential(_request: drivebell.TokenRequest) -> AccessToken:
        return await hang.token_later()

    return credential


def azure(hang: Hang) -> Any:
    class Credential:
        def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
            return hang.token()

    return Credential()


def async_azure(hang: Hang) -> Any:
    class Credential:
        async def get_token_info(self, *_scopes: str, options: Any) -> AccessToken:  # noqa: ARG002
            return await hang.token_later()

    return Credential()


FORMS = [function, async_function, azure, async_azure]


class Remains:
    """What may remain of clients and credentials. Make one when a first client has been used: what
    the process needs only once, such as event loops, remains."""

    def __init__(self) -> None:
        gc.collect()
        self.open_files = open_files()
        self._references: list[weakref.ref[Any]] = []

    def watch(self, *objects: object) -> None:
        for it in objects:
            with contextlib.suppress(TypeError):  # a string
                self._references.append(weakref.ref(it))

    def alive(self) -> int:
        gc.collect()
        return sum(reference() is not None for reference in self._references)

    async def expect_none(self, count: int) -> None:
        assert len(self._references) == count
        await eventually(lambda: self.alive() == 0)
        # Connections end in the background.
        await eventually(lambda: open_files() <= self.open_files)


async def used(simulator: Simulator, form: Callable[[Hang], Any] | None) -> Client:
    """A client that others can be made from, as for further users. It has called its credential."""
    first = Client(form(Hang()) if form else TOKEN, base_url=simulator.base_url)
    await soon(first.endpoint(Resource.my_drive()))
    return first


@pytest.mark.parametrize("service", ["simulator"])
@pytest.mark.parametrize("form", [None, *FORMS])
async def test_clients_are_collected(
    simulator: Simulator, form: Callable[[Hang], Any] | None
) -> None:
    """Every second one has called its credential, and every 50th one is of its own family."""
    hang = Hang()
    async with await used(simulator, form) as first:
        remains = Remains()
        for number in range(CLIENTS):
            credential = form(hang) if form else TOKEN
            if number % 50:
                client = first.with_credential(credential)
            else:
                client = Client(credential, base_url=simulator.base_url)
            remains.watch(client, credential)
            async with client:
                if number % 2:
                    await soon(client.endpoint(Resource.my_drive()))
        del client, credential
        await remains.expect_none(2 * CLIENTS if form else CLIENTS)
    assert hang.calls == (CLIENTS // 2 if form else 0)


@pytest.mark.parametrize("service", ["simulator"])
@pytest.mark.parametrize("form", FORMS)
async def test_clients_whose_credential_hangs_are_collected(
    simulator: Simulator, form: Callable[[Hang], Any]
) -> None:
    hang = Hang()
    async with await used(simulator, form) as first:
        remains = Remains()
        for number in range(0, CLIENTS, AT_ONCE):
            hang.released.clear()
            credentials = [form(hang) for _ in range(AT_ONCE)]
            clients = [first.with_credential(it) for it in credentials]
            remains.watch(*clients, *credentials)
            await close_while_they_hang(clients, hang, number + AT_ONCE)
            hang.released.set()
        del clients, credentials
        await remains.expect_none(2 * CLIENTS)


async def close_while_they_hang(clients: list[Client], hang: Hang, calls: int) -> None:
    signing_in = [asyncio.create_task(client.sign_in()) for client in clients]
    await eventually(lambda: hang.calls == calls)
    for client in clients:
        await soon(client.aclose())
    for call in signing_in:
        with pytest.raises(drivebell.StateError):
            await soon(call)


def used_sync(simulator: Simulator, form: Callable[[Hang], Any]) -> sync.Client:
    first = sync.Client(form(Hang()), base_url=simulator.base_url)
    first.endpoint(Resource.my_drive())
    return first


@pytest.mark.parametrize("service", ["simulator"])
@pytest.mark.parametrize("form", FORMS)
async def test_blocking_clients_are_collected(
    simulator: Simulator, form: Callable[[Hang], Any]
) -> None:
    """Every second one has called its credential."""
    hang = Hang()
    with used_sync(simulator, form) as first:
        remains = Remains()
        for number in range(CLIENTS):
            credential = form(hang)
            with first.with_credential(credential) as client:
                remains.watch(client, credential)
                if number % 2:
                    client.endpoint(Resource.my_drive())
        del client, credential
        await remains.expect_none(2 * CLIENTS)


@pytest.mark.parametrize("service", ["simulator"])
@pytest.mark.parametrize("form", FORMS)
async def test_blocking_clients_whose_credential_hangs_are_collected(
    simulator: Simulator, form: Callable[[Hang], Any]
) -> None:
    def sign_in(client: sync.Client) -> None:
        with pytest.raises(drivebell.StateError):
            client.sign_in()

    hang = Hang()
    with used_sync(simulator, form) as first, ThreadPoolExecutor(AT_ONCE) as pool:
        remains = Remains()
        for number in range(0, CLIENTS, AT_ONCE):
            hang.released.clear()
            credentials = [form(hang) for _ in range(AT_ONCE)]
            clients = [first.with_credential(it) for it in credentials]
            remains.watch(*clients, *credentials)
            calls = [pool.submit(sign_in, client) for client in clients]
            await eventually(lambda: hang.calls == number + AT_ONCE)  # noqa: B023
            for client in clients:
                client.close()
            for call in calls:
                await soon(asyncio.wrap_future(call))
            hang.released.set()
        del clients, credentials, client, calls, call
        await remains.expect_none(2 * CLIENTS)


class HangingSecret(ClientSecretCredential):
    """A real credential, which tells when its calls begin and end."""

    hang = Hang()

    ended = Hang()

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessTokenInfo:
        HangingSecret.hang.called()
        try:
            return super().get_token_info(*scopes, options=options)
        finally:
            HangingSecret.ended.called()


@pytest.mark.parametrize("hangs", [False, True])
async def test_clients_with_a_credential_of_azure_identity_are_collected(
    no_other_ca: None,  # noqa: ARG001
    hangs: bool,
) -> None:
    HangingSecret.hang, HangingSecret.ended = hang, ended = Hang(), Hang()

    async def use(clients: list[Client], number: int) -> None:
        if hangs:
            identity.set_fault("hold,on=identity")
            await close_while_they_hang(clients, hang, number + AT_ONCE)
            identity.release_faults()
            # The next ones need their threads.
            await eventually(lambda: ended.calls == number + AT_ONCE)
            return
        for client in clients:
            await soon(client.sign_in())
            await soon(client.aclose())

    with Identity() as identity:
        async with Client(TOKEN, base_url=identity.base_url) as first:
            await soon(first.endpoint(Resource.my_drive()))
            remains = Remains()
            for number in range(0, CLIENTS, AT_ONCE):
                credentials = [
                    HangingSecret(TENANT, APP, "secret", **arguments(identity))
                    for _ in range(AT_ONCE)
                ]
                clients = [first.with_credential(it) for it in credentials]
                remains.watch(*clients, *credentials)
                await use(clients, number)
            del clients, credentials
            await remains.expect_none(2 * CLIENTS)

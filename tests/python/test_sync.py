"""`drivebell.sync`: the same sessions, consumed by threads."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import DEADLINE
from drivebell import InvalidArgumentError, Lifecycle, Resource, StateError
from drivebell.sync import Client, Subscription, SubscriptionSet
from session import HURRIED
from threads import soon, start_thread, until

from simulator import TOKEN, Simulator

MINE = Resource.my_drive()
Event = drivebell.Notification | Lifecycle


def expect(events: Iterator[Event], *kinds: str) -> list[Event]:
    """Takes the next events and checks their kinds."""
    received = [soon(lambda: next(events)) for _ in kinds]
    assert [event.kind for event in received] == list(kinds)
    return received


@contextmanager
def subscribed(service: Simulator, **options: Any) -> Iterator[Subscription]:
    with (
        Client(TOKEN, base_url=service.base_url, **HURRIED | options) as client,
        client.subscribe(MINE) as sub,
    ):
        yield sub


def test_an_endpoint_is_requested(simulator: Simulator) -> None:
    with Client(TOKEN, base_url=simulator.base_url) as client:
        endpoint = soon(lambda: client.endpoint(MINE))
        assert endpoint.host == "127.0.0.1"
    with Client("wrong", base_url=simulator.base_url) as unauthorized:
        with pytest.raises(drivebell.AuthenticationError) as caught:
            soon(lambda: unauthorized.endpoint(MINE))
        assert caught.value.status == 401


def test_notifications_are_iterated(simulator: Simulator) -> None:
    with subscribed(simulator) as sub:
        notes = iter(sub)
        simulator.notify(3)
        received = 0
        while received < 3:
            note = soon(lambda: next(notes))
            assert (note.kind, note.resource) == ("changed", MINE)
            received += note.coalesced + 1
        assert sub.state == "live"
        assert sub.stats().notifications == 3
    assert soon(lambda: list(notes)) == []
    until(lambda: sub.state == "closed")


def test_a_service_that_restarts_is_a_gap(start: Start) -> None:
    with start() as service, subscribed(service) as sub:
        events = sub.events()
        expect(events, "connected")
        service.kill()
        expect(events, "disconnected")
        service.start_again()
        while soon(lambda: next(events)).kind != "connected":
            pass
        expect(events, "resync")
        service.notify()
        expect(events, "changed")


def test_handlers_are_called_by_the_thread_that_runs(start: Start) -> None:
    with start() as service, subscribed(service) as sub:
        calls: list[tuple[str, int]] = []

        def see(event: Event) -> None:
            calls.append((event.kind, threading.get_ident()))

        sub.on("notification", see)
        sub.on("connected", see)
        sub.on("disconnected", see)
        running = threading.Thread(target=sub.run, daemon=True)
        running.start()
        until(lambda: len(calls) == 1)
        service.notify()
        until(lambda: len(calls) == 2)
        service.kill()
        until(lambda: len(calls) == 3)
        with pytest.raises(StateError, match="another thread"):
            soon(sub.run)
        with pytest.raises(StateError, match="handler"):
            iter(sub)
        with pytest.raises(StateError, match="handler"):
            sub.next(0)
        soon(sub.close)
        running.join(DEADLINE)
        assert not running.is_alive()
        ours = running.ident
        assert calls == [("connected", ours), ("changed", ours), ("disconnected", ours)]


def test_a_handler_may_close(simulator: Simulator) -> None:
    with subscribed(simulator) as sub:
        sub.on("notification", lambda _note: sub.close())
        running = start_thread(sub.run)
        simulator.notify()
        running.result(DEADLINE)
        assert sub.state == "closed"


def test_a_handler_that_fails_is_logged_and_the_next_is_called(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with subscribed(simulator) as sub:
        received = threading.Event()

        @sub.on("notification")
        def fail(_note: drivebell.Notification) -> None:
            raise RuntimeError("of the handler")

        sub.on("notification", lambda _note: received.set())
        running = start_thread(sub.run)
        simulator.notify()
        assert received.wait(DEADLINE)
        soon(sub.close)
        running.result(DEADLINE)
    assert "of the handler" in caplog.text


def test_run_needs_a_handler_that_is_not_async(simulator: Simulator) -> None:
    async def handler(_note: object) -> None: ...

    with subscribed(simulator) as sub:
        with pytest.raises(InvalidArgumentError, match="async"):
            sub.on("notification", handler)
        with pytest.raises(StateError, match="no handler"):
            sub.run()
        with pytest.raises(InvalidArgumentError, match="event"):
            sub.on("nothing", print)  # type: ignore[call-overload]


def test_closing_wakes_the_thread_that_waits(simulator: Simulator) -> None:
    with subscribed(simulator) as sub:
        listening = start_thread(lambda: list(sub))
        until(lambda: sub.stats().pending == 0)
        soon(sub.close)
        assert listening.result(DEADLINE) == []
        soon(sub.close)
        soon(sub.wait_closed)
        with pytest.raises(StateError):
            sub.__enter__()


def test_closing_the_client_closes_everything_that_is_open(simulator: Simulator) -> None:
    client = Client(TOKEN, base_url=simulator.base_url, **HURRIED)
    with client.subscribe(MINE) as sub, client.subscribe_all([MINE]) as subs:
        waiting: list[Future[Any]] = [
            start_thread(lambda: list(sub)),
            start_thread(lambda: list(subs.events())),
        ]
        soon(client.close)
        for each in waiting:
            each.result(DEADLINE)
        with pytest.raises(StateError):
            client.subscribe(MINE)


def test_closing_the_client_fails_its_calls_under_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(TOKEN, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        calling = start_thread(lambda: client.endpoint(MINE))
        entering = start_thread(client.subscribe(MINE).__enter__)
        silent.settimeout(DEADLINE)
        connections = [silent.accept() for _ in range(2)]
        soon(client.close)
        with pytest.raises(StateError, match="client is closed"):
            calling.result(DEADLINE)
        with pytest.raises(StateError, match="closed while"):
            entering.result(DEADLINE)
        for connection, _ in connections:
            connection.close()


def test_there_is_one_consumer_and_one_thread_in_it(simulator: Simulator) -> None:
    with subscribed(simulator) as sub:
        notes = iter(sub)
        first, second = start_thread(lambda: next(notes)), start_thread(lambda: next(iter(sub)))
        # One of them waits, so the other one fails.
        until(lambda: first.done() or second.done())
        failed, waits = (first, second) if first.done() else (second, first)
        with pytest.raises(StateError, match="another thread"):
            failed.result(DEADLINE)
        with pytest.raises(StateError, match="iterator"):
            sub.on("notification", print)
        simulator.notify()
        assert waits.result(DEADLINE).kind == "changed"


def test_many_threads_share_a_client(simulator: Simulator) -> None:
    with Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:

        def listen() -> str:
            with client.subscribe(MINE) as sub:
                events = sub.events()
                assert next(events).kind == "connected"
                ready.release()
                return next(events).kind

        ready = threading.Semaphore(0)
        listening = [start_thread(listen) for _ in range(20)]
        for _ in listening:
            assert ready.acquire(timeout=DEADLINE)
        simulator.notify()
        assert [each.result(DEADLINE) for each in listening] == ["changed"] * 20


def test_closing_cancels_entering(start: Start) -> None:
    with start() as service:
        service.kill()
        client = Client(TOKEN, base_url=service.base_url, start_timeout=None, **HURRIED)
        sub = client.subscribe(MINE)
        entering = start_thread(sub.__enter__)
        with pytest.raises(TimeoutError):
            entering.result(0.1)
        soon(client.close)
        with pytest.raises(StateError, match="closed"):
            entering.result(DEADLINE)


def test_a_session_may_start_while_the_service_is_down(start: Start) -> None:
    with start() as service:
        service.kill()
        with (
            Client(TOKEN, base_url=service.base_url, **HURRIED) as client,
            client.subscribe(MINE, wait_live=False) as sub,
        ):
            events = sub.events()
            expect(events, "unavailable")
            service.start_again()
            while soon(lambda: next(events)).kind != "connected":
                pass
            expect(events, "resync")


def test_a_lasting_refusal_is_raised_once(start: Start) -> None:
    with start() as service:
        client = Client(TOKEN, base_url=service.base_url, **HURRIED, refusal_timeout=0)
        heard: list[BaseException] = []
        with client, client.subscribe(MINE) as iterated, client.subscribe(MINE) as run:
            run.on("notification", print)
            run.on("error", heard.append)
            notes = iter(iterated)
            running = start_thread(run.run)
            service.kill()
            service.tokens = ("another-token",)
            service.start_again()
            with pytest.raises(drivebell.AuthenticationError):
                soon(lambda: next(notes))
            with pytest.raises(StopIteration):
                soon(lambda: next(notes))
            with pytest.raises(drivebell.AuthenticationError):
                soon(iterated.wait_closed)
            running.result(DEADLINE)
            assert [type(error) for error in heard] == [drivebell.AuthenticationError]


class _AzureToken:
    token = TOKEN
    expires_on = 4_000_000_000


class _AzureCredential:
    """Has the interface of a credential of `azure.identity`."""

    def get_token(self, *_scopes: str, **_options: object) -> _AzureToken:
        return _AzureToken()


class _AsyncAzureCredential:
    async def get_token(self, *_scopes: str, **_options: object) -> _AzureToken:
        return _AzureToken()


async def _async_token() -> str:
    return TOKEN


@pytest.mark.parametrize(
    "credential",
    [lambda: TOKEN, _async_token, _AzureCredential(), _AsyncAzureCredential()],
    ids=["function", "coroutine function", "azure", "azure.aio"],
)
def test_every_kind_of_credential_works(simulator: Simulator, credential: Any) -> None:
    with Client(credential, base_url=simulator.base_url) as client:
        assert soon(lambda: client.endpoint(MINE)).host == "127.0.0.1"
        with client.subscribe(MINE) as sub:
            expect(sub.events(), "connected")


def test_the_exception_of_a_credential_is_the_cause(simulator: Simulator) -> None:
    def broken() -> str:
        raise LookupError("no token today")

    with Client(broken, base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError) as caught:
            soon(lambda: client.endpoint(MINE))
        assert isinstance(caught.value.__cause__, LookupError)


def test_a_credential_that_hangs_times_out(simulator: Simulator) -> None:
    release = threading.Event()

    def hang() -> str:
        release.wait(DEADLINE)
        return TOKEN

    with Client(
        hang, base_url=simulator.base_url, credential_timeout=0.1, retry_timeout=0
    ) as client:
        with pytest.raises(drivebell.TimeoutError):
            soon(lambda: client.endpoint(MINE))
        release.set()


def test_an_invalid_argument_is_named_by_the_error() -> None:
    with pytest.raises(InvalidArgumentError, match="credential"):
        Client(7)  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="retry_min"):
        Client(TOKEN, retry_min=-1)
    with Client(TOKEN) as client:
        with pytest.raises(InvalidArgumentError, match="resource"):
            client.subscribe("/me/drive")  # type: ignore[arg-type]
        with pytest.raises(InvalidArgumentError, match="since"):
            client.changes(MINE, since="")
        assert TOKEN not in repr(client)


def test_many_resources_of_many_users(start: Start) -> None:
    with start("--user", "token-of-alex=b!alex", "--user", "token-of-kim=b!kim") as service:
        alex = Client("token-of-alex", base_url=service.base_url, **HURRIED)
        kim = alex.with_credential(lambda: "token-of-kim")
        assert isinstance(kim, Client)
        with alex, kim, alex.subscribe_all([MINE]) as subs:
            assert isinstance(subs, SubscriptionSet)
            subs.add(MINE, client=kim)
            until(lambda: subs.stats().live == 2)
            events = subs.events()
            first = [soon(lambda: next(events)) for _ in range(4)]
            assert {event.client for event in first} == {alex, kim}
            for user, drive in ((kim, "b!kim"), (alex, "b!alex")):
                service.notify(drive=drive)
                (note,) = expect(events, "changed")
                assert (note.client, note.resource) == (user, MINE)
            subs.remove(MINE, client=kim)
            until(lambda: subs.stats().live == 1)
        assert soon(lambda: list(events)) == []


def test_garbage_collection_ends_sessions_and_streams(start: Start) -> None:
    with start() as service:
        client = Client(TOKEN, base_url=service.base_url, **HURRIED)
        sub = client.subscribe(MINE).__enter__()
        until(lambda: service.connected() == 1)
        with pytest.warns(ResourceWarning):
            del sub
        until(lambda: service.connected() == 0)

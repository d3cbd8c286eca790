"""`drivebell.testing`: the simulator in the hands of users."""

from __future__ import annotations

import asyncio
import inspect
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast, get_args
from urllib.parse import urlsplit

import drivebell
import pytest
import threads
from deadline import soon
from drivebell import Notification, Resource
from drivebell.testing import (
    FaultAction,
    FaultTarget,
    Simulator,
    SimulatorError,
    SyncSimulator,
)
from session import Event, until

from simulator import REPOSITORY

MY_DRIVE = Resource.my_drive()


async def test_an_edit_is_announced_and_can_be_seen(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client, client.subscribe(MY_DRIVE) as sub:
        file = await drivebell_simulator.upload("/a/b c.txt", "four")
        assert (file.path, file.name, file.size, file.is_folder) == (
            "/a/b c.txt",
            "b c.txt",
            4,
            False,
        )
        await drivebell_simulator.create_folder("/d/e")
        moved = await drivebell_simulator.move("/a/b c.txt", "/d/e/f")
        assert (moved.id, moved.path) == (file.id, "/d/e/f")
        renamed = await drivebell_simulator.rename("/d/e/f", "ü&#+%.txt")
        assert (await drivebell_simulator.children("/d/e")) == [renamed]
        assert (await drivebell_simulator.delete("/d")).is_folder
        await drivebell_simulator.notify(2)
        for _ in range(7):
            assert (await sub.next(timeout=60)).kind == "changed"
        assert [item.path for item in await drivebell_simulator.children()] == ["/a"]
        assert [event.number for event in await drivebell_simulator.events()] == [*range(1, 8)]
        (session,) = await drivebell_simulator.sessions()
        assert session.drive == "b!me"
        lifetime = (session.expires_at - session.joined_at).total_seconds()
        assert 3000 < lifetime <= 3600
    await drivebell_simulator.wait_disconnected()


def test_the_blocking_face(drivebell_simulator_sync: SyncSimulator) -> None:
    with drivebell_simulator_sync.client() as client, client.subscribe(MY_DRIVE) as sub:
        drivebell_simulator_sync.wait_connected()
        drivebell_simulator_sync.upload("x", b"\x00")
        assert sub.next(timeout=60).kind == "changed"
        with drivebell_simulator_sync.fault("answer", status=503, on="graph", when="next"):
            other = drivebell_simulator_sync.client(retry_timeout=0)
            with other, pytest.raises(drivebell.GraphError) as caught:
                other.endpoint(MY_DRIVE)
            assert caught.value.status == 503
        client.endpoint(MY_DRIVE)
    drivebell_simulator_sync.wait_disconnected()


def test_both_faces_have_the_same_calls() -> None:
    def calls(face: type) -> dict[str, list[tuple[str, object, object]]]:
        return {
            name: [
                (parameter.name, parameter.kind, parameter.default)
                for parameter in inspect.signature(member).parameters.values()
            ]
            for name, member in inspect.getmembers(face, inspect.isfunction)
            if not name.startswith("_") or name == "__init__"
        }

    assert calls(Simulator) == calls(SyncSimulator)
    assert len(calls(Simulator)) > 20


async def recovered(events: Any) -> list[str]:
    """Takes events until the gap is reported, and returns their kinds."""
    received: list[Event] = await until(events, "resync")
    return [event.kind for event in received]


async def test_an_hour_passes_at_once(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client, client.subscribe(MY_DRIVE) as sub:
        events = sub.events()
        await until(events, "connected")
        assert len(await drivebell_simulator.requests("/token")) == 1
        await drivebell_simulator.advance(1800)
        assert await drivebell_simulator.connected() == 1
        await drivebell_simulator.advance(1800)
        assert "disconnected" in await recovered(events)
        # The token had expired too: Graph refused it, and the client asked for another one.
        assert len(await drivebell_simulator.requests("/token")) == 2
        await drivebell_simulator.upload("later")
        assert (await soon(anext(events))).kind == "changed"


async def test_endpoints_expire_without_a_word(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client, client.subscribe(MY_DRIVE) as sub:
        events = sub.events()
        await until(events, "connected")
        assert await drivebell_simulator.expire_endpoints(drive="b!team") == 0
        assert await drivebell_simulator.expire_endpoints("quiet") == 1
        await drivebell_simulator.upload("unheard")
        assert await drivebell_simulator.events() == []
        assert await drivebell_simulator.connected() == 1


@pytest.mark.drivebell_simulator("--lifetime", "2")
async def test_a_client_renews_by_its_own_time(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client, client.subscribe(MY_DRIVE) as sub:
        kinds = [event.kind for event in await until(sub.events(), "renewed")]
        assert kinds == ["connected", "renewed"]


async def test_a_fault_acts_until_it_is_released(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client, client.subscribe(MY_DRIVE) as sub:
        events = sub.events()
        await until(events, "connected")
        async with drivebell_simulator.fault("answer", status=503, retry_after=1, on="socket"):
            await drivebell_simulator.wait_connected()
            fault = await drivebell_simulator.fault("reset", when="now", on="socket")
            assert fault.acted == 1
            await until(events, "unavailable")
        await recovered(events)
        await fault.release()
        await fault.release()
        await drivebell_simulator.release_faults()


async def test_a_refusal_of_the_identity_service(drivebell_simulator: Simulator) -> None:
    async with drivebell_simulator.client() as client:
        async with drivebell_simulator.fault(
            "answer", status=400, code="invalid_grant", on="token"
        ):
            with pytest.raises(drivebell.AuthenticationError) as caught:
                await client.endpoint(MY_DRIVE)
            assert not caught.value.retryable
        await drivebell_simulator.fault("answer", status=503, on="identity")
        with pytest.raises(drivebell.AuthenticationError) as caught:
            await drivebell_simulator.client(retry_timeout=0).endpoint(MY_DRIVE)
        assert caught.value.retryable


def known_to_the_simulator(simulator: SyncSimulator, fault: str) -> set[str]:
    """The names in its error for an unknown one."""
    with pytest.raises(drivebell.InvalidArgumentError) as caught:
        simulator._call("POST", "faults", None, fault)
    return set(str(caught.value).partition("expected one of ")[2].split("`")[1::2])


def test_every_fault_can_be_named(drivebell_simulator_sync: SyncSimulator) -> None:
    actions = known_to_the_simulator(drivebell_simulator_sync, '{"action":"explode"}')
    assert actions == set(get_args(FaultAction))
    targets = known_to_the_simulator(drivebell_simulator_sync, "cut,on=explode")
    assert targets == set(get_args(FaultTarget))


async def test_what_is_wrong_is_refused_by_name(drivebell_simulator: Simulator) -> None:
    fault = cast(Any, drivebell_simulator.fault)
    table: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("action", lambda: fault("explode")),
        ("on", lambda: fault("cut", on="sockets")),
        ("when", lambda: fault("cut", when="later")),
        ("after", lambda: fault("cut", after="all")),
        ("times", lambda: fault("cut", times=0)),
        ("action.delay", lambda: fault("delay")),
        ("action.answer.retries", lambda: fault("answer", status=500, retries=1)),
        ("drive", lambda: fault("cut", drive="none")),
        ("seconds", lambda: drivebell_simulator.advance(-1)),
        ("seconds", lambda: drivebell_simulator.advance(float("nan"))),
        ("timeout", lambda: drivebell_simulator.wait_connected(timeout=-1)),
        ("name", lambda: drivebell_simulator.rename("/a", "b/c")),
    ]
    for argument, refused in table:
        with pytest.raises(drivebell.InvalidArgumentError) as caught:
            await refused()
        assert caught.value.argument == argument, caught.value
    problems: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("no drive has the id", lambda: drivebell_simulator.upload("/a", drive="none")),
        ("could not be found", lambda: drivebell_simulator.delete("/a")),
        ("The root", lambda: drivebell_simulator.delete("/")),
    ]
    for text, impossible in problems:
        with pytest.raises(SimulatorError, match=text):
            await impossible()
    with pytest.raises(drivebell.InvalidArgumentError, match="options"):
        Simulator(cast(Any, 2))


async def test_waiting_has_a_deadline(drivebell_simulator: Simulator) -> None:
    with pytest.raises(drivebell.TimeoutError, match=r"^0 sessions are connected instead of 2"):
        await drivebell_simulator.wait_connected(2, timeout=0.02)
    with pytest.raises(TimeoutError, match=r"^0 of 1 requests with '/me' have arrived"):
        await drivebell_simulator.wait_request("/me", timeout=0)
    waiting = asyncio.create_task(drivebell_simulator.wait_request("/me/drive"))
    async with drivebell_simulator.client() as client:
        await client.endpoint(MY_DRIVE)
    assert [request.method for request in await soon(waiting)] == ["GET"]
    cancelled = asyncio.create_task(drivebell_simulator.wait_connected())
    cancelled.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(cancelled)


async def test_a_closed_simulator_says_so() -> None:
    simulator = Simulator()
    for _ in range(2):
        with pytest.raises(SimulatorError, match="start it first"):
            await simulator.upload("/a")
        async with simulator:
            await simulator.upload("/a")
            assert repr(simulator) == f"<drivebell.testing.Simulator {simulator.base_url}>"
        assert repr(simulator) == "<drivebell.testing.Simulator not running>"


def test_why_it_does_not_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(SimulatorError, match=r"did not start: error: .*'--nonsense'"):
        SyncSimulator("--nonsense").start()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with pytest.raises(SimulatorError, match=r"did not start: .*cannot listen"):
            SyncSimulator("--port", port).start()
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    monkeypatch.setenv("DRIVEBELL_SIMULATOR", str(silent))
    with pytest.raises(SimulatorError, match=r"did not start within 0\.1 s: it said nothing"):
        SyncSimulator(start_timeout=0.1).start()
    monkeypatch.setenv("DRIVEBELL_SIMULATOR", str(tmp_path / "none"))
    with pytest.raises(SimulatorError, match="which is no file"):
        SyncSimulator().start()


def test_what_to_do_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRIVEBELL_SIMULATOR", raising=False)
    monkeypatch.setitem(sys.modules, "drivebell_simulator", None)
    with pytest.raises(SimulatorError, match=r"pip install drivebell\[testing\]"):
        SyncSimulator().start()


STARTED = """
import sys
from drivebell.testing import SyncSimulator
simulator = SyncSimulator()
simulator.start()
print(simulator.base_url, flush=True)
sys.stdin.read()
"""


def listens(base_url: str) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", urlsplit(base_url).port or 0)) == 0


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, None])
def test_it_never_outlives_its_process(end: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STARTED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        assert listens(base_url)
        if end is None:
            process.stdin.close()
        else:
            process.send_signal(end)
        process.wait()
        threads.until(lambda: not listens(base_url))


async def test_a_start_that_is_cancelled_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()
    original = SyncSimulator.start

    def start(self: SyncSimulator) -> None:
        started.set()
        original(self)

    monkeypatch.setattr(SyncSimulator, "start", start)
    simulator = Simulator()
    starting = asyncio.create_task(simulator.start())
    await asyncio.to_thread(started.wait)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(starting)
    assert repr(simulator).endswith("not running>")


def test_the_program_is_the_installed_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DRIVEBELL_SIMULATOR", raising=False)
    with SyncSimulator() as simulator:
        assert simulator._process is not None
        args = simulator._process._process.args
        assert isinstance(args, list)
        assert Path(args[0]).parent == Path(sys.executable).parent
    run = [sys.executable, "-m", "drivebell_simulator", "--version"]
    said = subprocess.run(run, check=True, capture_output=True, text=True).stdout
    assert said == f"drivebell-simulator {drivebell.__version__}\n"


def test_the_extra_has_the_same_version() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    extra = project["optional-dependencies"]["testing"]
    assert extra == [f"drivebell-simulator=={drivebell.__version__}"]


def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with SyncSimulator() as simulator:
        simulator.upload("/a")


def test_a_program_with_a_client_of_its_own(drivebell_simulator_sync: SyncSimulator) -> None:
    options: dict[str, Any] = {"base_url": drivebell_simulator_sync.base_url}
    with (
        drivebell.sync.Client(drivebell_simulator_sync.token, **options) as client,
        client.subscribe(Resource.drive("b!team")) as sub,
    ):
        drivebell_simulator_sync.wait_connected()
        drivebell_simulator_sync.upload("/a", drive="b!team")
        assert isinstance(sub.next(timeout=60), Notification)

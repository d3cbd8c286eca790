"""How handlers, loops, threads and whole programs come to their end."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import drivebell
import drivebell.sync
import pytest
from change_streams import IDLE, QUICK, seeded
from deadline import DEADLINE, eventually, soon
from drivebell import InvalidArgumentError, Notification, Resource, StateError
from session import HURRIED
from test_process import run
from threads import soon as soon_in_thread
from threads import start_thread, until

from simulator import TOKEN, Simulator

MINE = Resource.my_drive()


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with seeded(0) as simulator:
        yield simulator


@pytest.fixture
def blocking(simulator: Simulator) -> Iterator[drivebell.sync.Client]:
    with drivebell.sync.Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client:
        yield client


# Handlers that are taken off.


async def test_a_handler_is_taken_off(client: drivebell.Client, simulator: Simulator) -> None:
    seen: list[str] = []

    def first(_note: Notification) -> None:
        seen.append("first")

    async def second(_note: Notification) -> None:
        seen.append("second")
        sub.off("notification", second)

    sub = client.subscribe(MINE)
    sub.on("notification", first)
    sub.on("notification", second)
    async with sub:
        simulator.notify()
        await eventually(lambda: seen == ["first", "second"])
        simulator.notify()
        await eventually(lambda: seen == ["first", "second", "first"])
        sub.off("notification", first)
        # Nobody takes them now, until there is an iterator.
        simulator.notify(2)
        await eventually(lambda: sub.stats().pending == 2)
        assert (await sub.next(timeout=0)).kind == "changed"
        # The next handler gets what is left.
        sub.on("notification", first)
        await eventually(lambda: seen == ["first", "second", "first", "first"])
        simulator.notify()
        await eventually(lambda: seen[4:] == ["first"])


async def test_a_handler_that_was_added_twice_is_taken_off_once(
    client: drivebell.Client, simulator: Simulator
) -> None:
    seen: list[str] = []
    async with client.subscribe(MINE) as sub:

        def handler(note: Notification) -> None:
            seen.append(note.kind)

        sub.on("notification", handler)
        sub.on("notification", handler)
        sub.on("disconnected", print)
        sub.off("notification", handler)
        sub.off("disconnected", print)
        simulator.notify()
        await eventually(lambda: seen == ["changed"])
        for event, wrong in (("notification", print), ("disconnected", print), ("connected", None)):
            with pytest.raises(InvalidArgumentError) as raised:
                sub.off(event, wrong)  # type: ignore[arg-type]
            assert raised.value.argument == "handler"
        with pytest.raises(InvalidArgumentError, match="'other' is not one of"):
            sub.off("other", handler)


def test_run_returns_when_the_last_handler_is_taken_off(
    blocking: drivebell.sync.Client, simulator: Simulator
) -> None:
    with blocking.subscribe(MINE) as sub:

        @sub.on("notification")
        def once(_note: Notification) -> None:
            sub.off("notification", once)

        simulator.notify()
        soon_in_thread(sub.run)
        handler = sub.on("notification", lambda _note: None)
        running = start_thread(sub.run)
        until(sub._running.locked)
        sub.off("notification", handler)
        running.result(DEADLINE)
        # What comes now waits for an iterator.
        simulator.notify()
        assert sub.next(timeout=60).kind == "changed"


# Loops that an event ends.


async def test_a_stop_event_ends_loops_and_leaves_what_waits(
    client: drivebell.Client, simulator: Simulator, tmp_path: Path
) -> None:
    stop = asyncio.Event()
    streams = (
        client.changes(MINE, since="now", stop_event=stop, **IDLE),
        client.changes_all([MINE], since="now", stop_event=stop, **IDLE),
        client.mirror(MINE, tmp_path / "one.db", initial="silent", stop_event=stop, **IDLE),
        client.mirror_all([MINE], tmp_path / "all.db", initial="silent", stop_event=stop, **IDLE),
    )

    async def consume(stream: Any) -> None:
        async for _ in stream:
            pass

    async with (
        client.subscribe(MINE, stop_event=stop) as sub,
        client.subscribe_all([MINE], stop_event=stop) as subs,
        streams[0],
        streams[1],
        streams[2] as mirror,
        streams[3],
    ):
        loops = [sub, subs, *streams]
        tasks = [asyncio.create_task(consume(stream)) for stream in loops]
        await asyncio.sleep(0.05)
        assert not any(task.done() for task in tasks)
        stop.set()
        await soon(asyncio.gather(*tasks))
        # Loops that begin later end at once, and everything is open and goes on.
        simulator.notify()
        await eventually(lambda: sub.stats().pending > 0)
        await soon(asyncio.gather(*map(consume, [*loops, sub.events(), mirror.batches()])))
        with pytest.raises(StateError):
            await sub.next(timeout=1)
        assert sub.state == "live"
        assert sub.stats().pending > 0
        stop.clear()
        assert isinstance(await soon(sub.next()), Notification)
    assert len(asyncio.all_tasks()) == 1


async def test_a_stop_event_ends_handlers_and_entering(
    client: drivebell.Client, simulator: Simulator
) -> None:
    stop = asyncio.Event()
    seen: list[Notification] = []
    async with client.subscribe(MINE, stop_event=stop) as sub:
        sub.on("notification", seen.append)
        simulator.notify()
        await eventually(lambda: len(seen) == 1)
        stop.set()
        simulator.notify()
        await eventually(lambda: sub.stats().pending == 1)
        assert len(seen) == 1

    stop = asyncio.Event()
    simulator.set_fault("answer=503,on=endpoint")
    entering = asyncio.create_task(client.subscribe(MINE, stop_event=stop).__aenter__())
    await asyncio.sleep(0.05)
    assert not entering.done()
    stop.set()
    with pytest.raises(StateError, match="stop_event"):
        await soon(entering)


def test_a_stop_event_ends_blocking_loops(
    blocking: drivebell.sync.Client, simulator: Simulator, tmp_path: Path
) -> None:
    stop = threading.Event()
    with (
        blocking.subscribe(MINE, stop_event=stop) as sub,
        blocking.subscribe(MINE, stop_event=stop) as handled,
        blocking.subscribe_all([MINE], stop_event=stop) as subs,
        blocking.changes(MINE, since="now", stop_event=stop, **IDLE) as changes,
        blocking.changes_all([MINE], since="now", stop_event=stop, **IDLE) as changes_all,
        blocking.mirror(MINE, tmp_path / "one.db", initial="silent", stop_event=stop) as mirror,
        blocking.mirror_all([MINE], tmp_path / "all.db", initial="silent", stop_event=stop) as all_,
    ):
        handled.on("notification", lambda _note: None)
        streams: list[Iterable[object]] = [sub, subs, changes, changes_all, mirror, all_]
        waits: list[Callable[[], object]] = [partial(list, stream) for stream in streams]
        threads = [start_thread(wait) for wait in (*waits, handled.run)]
        until(handled._running.locked)
        assert not any(thread.done() for thread in threads)
        stop.set()
        for thread in threads:
            thread.result(DEADLINE)
        assert list(mirror.batches()) == []
        assert sub.state == "live"

    stop = threading.Event()
    simulator.set_fault("answer=503,on=endpoint")
    raised: list[BaseException] = []

    def enter() -> None:
        try:
            blocking.subscribe(MINE, stop_event=stop).__enter__()
        except StateError as error:
            raised.append(error)

    entering = start_thread(enter)
    stop.set()
    entering.result(DEADLINE)
    assert "stop_event" in str(raised[0])


async def test_only_an_event_can_stop_a_loop(
    client: drivebell.Client, blocking: drivebell.sync.Client, tmp_path: Path
) -> None:
    wrong: list[Any] = [threading.Event(), True, "stop"]
    for event in wrong:
        for call in (
            lambda e: client.subscribe(MINE, stop_event=e),
            lambda e: client.subscribe_all(stop_event=e),
            lambda e: client.changes(MINE, since="now", stop_event=e),
            lambda e: client.changes_all(since="now", stop_event=e),
            lambda e: client.mirror(MINE, tmp_path / "file.db", stop_event=e),
            lambda e: client.mirror_all([], tmp_path / "file.db", stop_event=e),
        ):
            with pytest.raises(InvalidArgumentError, match=r"must be an asyncio\.Event") as raised:
                call(event)
            assert raised.value.argument == "stop_event"
    for event in wrong[1:]:
        with pytest.raises(InvalidArgumentError, match=r"must be a threading\.Event"):
            blocking.changes(MINE, since="now", stop_event=event)
        with pytest.raises(InvalidArgumentError, match=r"must be a threading\.Event"):
            blocking.subscribe(MINE, stop_event=event)
    assert not (tmp_path / "file.db").exists()


# What is left open.


async def test_what_is_collected_open_warns(
    client: drivebell.Client, blocking: drivebell.sync.Client, tmp_path: Path
) -> None:
    async def collect(make: Any, count: int) -> None:
        value = make()
        if asyncio.iscoroutine(value):
            value = await value
        with pytest.warns(ResourceWarning, match="was never closed") as caught:
            del value
        assert len([it for it in caught if it.category is ResourceWarning]) == count

    await collect(lambda: client.changes(MINE, since="now", **QUICK), 1)
    await collect(lambda: client.changes_all([MINE], since="now", **QUICK), 1)
    await collect(lambda: client.mirror(MINE, tmp_path / "file.db", **QUICK), 1)
    await collect(lambda: blocking.changes(MINE, since="now", **QUICK), 1)
    await collect(lambda: client.subscribe(MINE).__aenter__(), 1)
    await collect(lambda: client.subscribe_all([MINE]).__aenter__(), 1)
    await collect(lambda: blocking.subscribe(MINE).__enter__(), 1)
    await collect(lambda: blocking.subscribe_all([MINE]).__enter__(), 1)


async def test_what_was_closed_does_not_warn(client: drivebell.Client, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        client.subscribe(MINE)
        client.subscribe_all([MINE])
        async with client.subscribe(MINE):
            pass
        async with client.mirror(MINE, tmp_path / "file.db"):
            pass
        changes = client.changes(MINE, since="now", **QUICK)
        await changes.aclose()
        left = [client.changes(MINE, since="now", **QUICK), client.changes_all(since="now")]
        sub = await client.subscribe(MINE).__aenter__()
        await client.aclose()
        del changes, left, sub
        gc.collect()


def test_a_stream_of_changes_ends_with_its_event_loop(simulator: Simulator) -> None:
    client = drivebell.Client(TOKEN, base_url=simulator.base_url)

    async def begin() -> drivebell.Changes[drivebell.DriveItem]:
        changes = client.changes(MINE, since="start", **QUICK)
        await soon(anext(changes))
        assert changes.state in {"live", "enumerating"}
        return changes

    async def go_on(changes: drivebell.Changes[drivebell.DriveItem]) -> None:
        with pytest.raises(StopAsyncIteration):
            await soon(anext(changes))
        await changes.aclose()
        await client.aclose()

    changes = asyncio.run(begin())
    until(lambda: changes.state == "closed")
    asyncio.run(go_on(changes))


# Threads.


def test_a_client_is_closed_beside_threads_that_subscribe(simulator: Simulator) -> None:
    tries = int(os.environ.get("DRIVEBELL_TRIES", "1000"))
    turn = threading.Barrier(3)
    clients: list[drivebell.sync.Client] = []
    strange: list[BaseException] = []

    def subscribe_each() -> None:
        for number in range(tries):
            turn.wait()
            try:
                while True:
                    clients[number].subscribe(MINE)
            except StateError:
                pass
            except BaseException as error:
                strange.append(error)
                turn.abort()

    with drivebell.sync.Client(TOKEN, base_url=simulator.base_url) as first:
        threads = [start_thread(subscribe_each) for _ in range(2)]
        for _ in range(tries):
            client = first.with_credential(TOKEN)
            clients.append(client)
            turn.wait()
            client.close()
            assert client._native.is_closed()
        for thread in threads:
            thread.result(DEADLINE)
    assert strange == []


WAITS = {
    "a loop": "for note in client.subscribe(Resource.my_drive()).__enter__(): pass",
    "a loop inside with": """
with client.subscribe(Resource.my_drive()) as sub:
    ready.set()
    for note in sub: pass
print("left")
""",
    "next": "client.subscribe(Resource.my_drive()).__enter__().next()",
    "handlers": """
sub = client.subscribe(Resource.my_drive())
sub.on("notification", print)
with sub: sub.run()
""",
    "changes": "for batch in client.changes(Resource.my_drive(), since='now'): pass",
    "a mirror": "for change in client.mirror(Resource.my_drive(), sys.argv[2]): pass",
    "wait_closed": "client.subscribe(Resource.my_drive()).__enter__().wait_closed()",
    "a credential that hangs": """
blocking(lambda: threading.Event().wait()).endpoint(Resource.my_drive())
""",
}


@pytest.mark.parametrize(
    ("wait", "ending"),
    [*((wait, "") for wait in WAITS), ("a loop", "sys.exit(3)"), ("a loop inside with", "1 / 0")],
)
def test_a_thread_that_waits_does_not_keep_the_program(
    simulator: Simulator, tmp_path: Path, wait: str, ending: str
) -> None:
    script = f"""
import logging, time
logging.basicConfig()
client = blocking()
ready = threading.Event()
def wait():
    threading.Timer(0.3, ready.set).start()
    exec({WAITS[wait]!r}, globals())
threading.Thread(target=wait, name="follower").start()
ready.wait(20)
time.sleep(0.1)
print("main ends", flush=True)
{ending}
"""
    result = run(script, simulator, str(tmp_path / "drive.db"))
    assert result.returncode == {"": 0, "sys.exit(3)": 3, "1 / 0": 1}[ending], result.stderr
    assert result.stdout.startswith("main ends\n")
    if wait == "a loop inside with":
        assert "left" in result.stdout
        assert "the loop of the thread 'follower' ends: join the thread" in result.stderr


def test_a_joined_thread_goes_on(simulator: Simulator) -> None:
    script = """
        client = blocking()
        def wait():
            with client.subscribe(Resource.my_drive()) as sub:
                print("ready", flush=True)
                for _ in zip(range(3), sub): print("note", flush=True)
        def notify():
            import urllib.request
            for _ in range(3):
                time.sleep(0.3)
                urllib.request.urlopen(base_url + "/_simulator/notify?drive=b!me", data=b"").close()
        thread = threading.Thread(target=wait)
        thread.start()
        threading.Thread(target=notify).start()
        thread.join()
        """
    result = run(script, simulator)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.split() == ["ready", "note", "note", "note"]


def test_a_credential_that_gevent_would_never_run_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # gevent itself is too large a guest for one line. This is what it says.
    monkey = SimpleNamespace(is_module_patched=lambda name: name == "threading")
    monkeypatch.setitem(sys.modules, "gevent.monkey", monkey)
    with pytest.raises(InvalidArgumentError, match="gevent has replaced") as raised:
        drivebell.sync.Client(lambda: TOKEN)
    assert raised.value.argument == "credential"
    drivebell.sync.Client(TOKEN).close()


# Processes.


@pytest.mark.parametrize(
    "credential",
    ["'the-token-of-the-tests'", "lambda: 'the-token-of-the-tests'"],
    ids=["token", "function"],
)
def test_a_client_that_was_not_used_goes_along_into_forked_workers(
    simulator: Simulator, credential: str
) -> None:
    # As `gunicorn --preload` does with a client at the top of a module.
    script = f"""
        import warnings
        warnings.simplefilter("error")  # of a fork in a process with threads
        shared = blocking({credential})
        kim = shared.with_credential({credential})
        aio = client({credential})
        print("threads:", len(os.listdir("/proc/self/task")), flush=True)
        children = []
        for number in range(3):
            child = os.fork()
            if child == 0:
                with shared.subscribe(Resource.my_drive()) as sub:
                    assert next(sub.events()).kind == "connected"
                kim.endpoint(Resource.my_drive())
                async def main():
                    async with aio: await aio.endpoint(Resource.my_drive())
                asyncio.run(main())
                shared.close()
                sys.exit(0)
            children.append(child)
        for child in children:
            print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        for each in (shared, kim): print(bool(each.endpoint(Resource.my_drive()).id))
        """
    result = run(script, simulator)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "threads: 1"
    assert lines[1:] == ["0", "0", "0", "True", "True"]


def test_a_bad_option_is_refused_before_the_first_use() -> None:
    with pytest.raises(InvalidArgumentError, match="request_timeout"):
        drivebell.Client(TOKEN, request_timeout=0)
    with pytest.raises(InvalidArgumentError, match="base_url"):
        drivebell.Client(TOKEN, base_url="nowhere")


def test_what_is_collected_last_gets_errors_of_drivebell(simulator: Simulator) -> None:
    # At the end of the interpreter, nothing can be imported any more.
    script = """
        import builtins
        class Service:
            def __init__(self):
                self.client = blocking()
                self.sub = self.client.subscribe(Resource.my_drive()).__enter__()
                self.error = drivebell.StateError
            def __del__(self):
                self.sub.close()
                self.client.close()
                for use in (self.client.sign_in, self.sub.wait_closed):
                    try:
                        use()
                    except self.error as error:
                        print(error)
        builtins.keep = Service()
        """
    result = run(script, simulator)
    assert (result.returncode, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == 2

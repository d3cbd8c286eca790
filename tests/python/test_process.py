"""A host program that exits, crashes, forks or is interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

from simulator import TOKEN, Simulator

PRELUDE = f"""
import asyncio, atexit, gc, os, signal, sys, threading, time
last_exit_handlers = []  # runs after drivebell's own exit handler
atexit.register(lambda: [call() for call in last_exit_handlers])
import drivebell
from drivebell import Client, Resource, sync
base_url = sys.argv[1]
def client(credential={TOKEN!r}):
    return Client(credential, base_url=base_url)
def blocking(credential={TOKEN!r}):
    return sync.Client(credential, base_url=base_url)
async def opened():
    sub = client().subscribe(Resource.my_drive())
    await sub.__aenter__()
    return sub
"""

ENDINGS = {
    "the loop ends with a session open": """
        async def main():
            global sub
            sub = await opened()
        asyncio.run(main())
        print("done")
        """,
    "with a waiting iterator": """
        async def main():
            global sub, task
            sub = await opened()
            async def consume():
                async for note in sub: pass
            task = asyncio.create_task(consume())
            await asyncio.sleep(0.01)
            print("done")
        asyncio.run(main())
        """,
    "the loop is never closed": """
        loop = asyncio.new_event_loop()
        sub = loop.run_until_complete(opened())
        loop.run_until_complete(anext(aiter(sub)))
        print("done")
        """,
    "with handlers": """
        async def main():
            global sub
            sub = client().subscribe(Resource.my_drive())
            sub.on("notification", lambda note: None)
            await sub.__aenter__()
            await asyncio.sleep(0.05)
            print("done")
        asyncio.run(main())
        """,
    "with a loop in another thread": """
        ready = threading.Event()
        def run():
            async def main():
                global sub
                sub = await opened()
                print("done", flush=True)
                ready.set()
                async for note in sub: pass
            asyncio.run(main())
        threading.Thread(target=run, daemon=True).start()
        ready.wait(20)
        """,
    "with an async credential that hangs": """
        async def never():
            await asyncio.sleep(60)
        async def main():
            global task
            task = asyncio.create_task(client(never).endpoint(Resource.my_drive()))
            await asyncio.sleep(0.05)
            print("done")
        asyncio.run(main())
        """,
    "with a credential that blocks": """
        called = threading.Semaphore(0)
        def never():
            called.release()
            time.sleep(60)
        async def main():
            global task, sub
            sub = client(never).subscribe(Resource.my_drive(), wait_live=False)
            await sub.__aenter__()
            task = asyncio.create_task(client(never).endpoint(Resource.my_drive()))
            for _ in range(2):
                while not called.acquire(blocking=False):
                    await asyncio.sleep(0.01)
            print("done")
        asyncio.run(main())
        """,
    "while a session tries to connect": """
        async def main():
            global sub, task
            down = Client("token", base_url="http://127.0.0.1:9", retry_min=0.001, retry_max=0.01)
            sub = down.subscribe(Resource.my_drive(), wait_live=False)
            await sub.__aenter__()
            events = sub.events()
            print("done", (await anext(events)).kind)
            async def consume():
                async for event in events: pass
            task = asyncio.create_task(consume())
            await asyncio.sleep(0.01)
        asyncio.run(main())
        """,
    "without a loop": """
        sub = blocking().subscribe(Resource.my_drive()).__enter__()
        print("done", next(iter(sub)).kind)
        """,
    "with threads that wait": """
        sub = blocking().subscribe(Resource.my_drive()).__enter__()
        run = blocking().subscribe(Resource.my_drive()).__enter__()
        run.on("notification", lambda note: ready.release())
        ready = threading.Semaphore(0)
        def consume():
            for note in sub: ready.release()
        def never():
            time.sleep(60)
        changes = blocking(never).changes(Resource.my_drive(), since="now")
        for work in (consume, run.run, changes.__next__):
            threading.Thread(target=work, daemon=True).start()
        ready.acquire(); ready.acquire()
        print("done")
        """,
    "and uses the client in its last exit handler": """
        async def main():
            global sub
            sub = await opened()
        asyncio.run(main())
        old = client()
        def late():
            for use in (client, lambda: asyncio.run(old.endpoint(Resource.my_drive()))):
                try:
                    use()
                except drivebell.StateError as error:
                    print("done", error)
        last_exit_handlers.append(late)
        """,
}


def run(script: str, simulator: Simulator, *arguments: str) -> subprocess.CompletedProcess[str]:
    program = PRELUDE + textwrap.dedent(script)
    return subprocess.run(
        [sys.executable, "-X", "dev", "-c", program, simulator.base_url, *arguments],
        capture_output=True,
        text=True,
        # Forty children take twenty seconds on a busy machine.
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def flooded() -> Iterator[Simulator]:
    """A simulator that sends events continuously, so that one arrives during each exit."""
    with Simulator(("--ping-interval", "20", "--ping-timeout", "1000")) as simulator:
        flood = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import sys, time, urllib.request\n"
                "end = time.monotonic() + 120\n"
                "while time.monotonic() < end:\n"
                "    url = sys.argv[1] + '/_simulator/notify?drive=b!me&count=20'\n"
                "    urllib.request.urlopen(urllib.request.Request(url, method='POST')).read()\n"
                "    time.sleep(0.002)\n",
                simulator.base_url,
            ]
        )
        try:
            yield simulator
        finally:
            flood.kill()
            flood.wait()


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_exit_with_a_session_open_neither_crashes_nor_hangs(
    ending: str, flooded: Simulator
) -> None:
    for _ in range(5):
        result = run(ENDINGS[ending], flooded)
        assert result.returncode == 0, result.stderr
        assert "done" in result.stdout
        assert "Fatal" not in result.stderr


def test_an_exception_ends_the_program_with_its_traceback(flooded: Simulator) -> None:
    script = """
        async def main():
            global sub
            sub = await opened()
            raise LookupError("mine")
        asyncio.run(main())
        """
    result = run(script, flooded)
    assert result.returncode == 1
    assert "LookupError: mine" in result.stderr


WAITS = {
    "in a loop": """
        async def main():
            async with client() as c, c.subscribe(Resource.my_drive()) as sub:
                print("waiting", flush=True)
                async for note in sub: pass
        asyncio.run(main())
        """,
    "for a notification": """
        with blocking() as c, c.subscribe(Resource.my_drive()) as sub:
            print("waiting", flush=True)
            for note in sub: pass
        """,
    "for an endpoint": """
        def never():
            print("waiting", flush=True)
            time.sleep(60)
        with blocking(never) as c:
            c.endpoint(Resource.my_drive())
        """,
    "to be live": """
        def never():
            print("waiting", flush=True)
            time.sleep(60)
        with blocking(never) as c, c.subscribe(Resource.my_drive()) as sub:
            pass
        """,
    "for a change": """
        def never():
            print("waiting", flush=True)
            time.sleep(60)
        with blocking(never) as c, c.changes(Resource.my_drive(), since="now") as changes:
            for batch in changes: pass
        """,
}


@pytest.mark.parametrize("waits", WAITS)
def test_ctrl_c_ends_a_program_that_waits(waits: str, simulator: Simulator) -> None:
    # A background job of a shell ignores SIGINT, and so do its children.
    script = PRELUDE + "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    process = subprocess.Popen(
        [sys.executable, "-c", script + textwrap.dedent(WAITS[waits]), simulator.base_url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=120)
    assert "KeyboardInterrupt" in stderr
    assert process.returncode == -signal.SIGINT


def test_a_forked_child_must_create_new_objects(
    simulator: Simulator,
) -> None:
    script = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # os.fork() in a process with threads
        old = client()
        async def get_endpoint(client):
            return (await client.endpoint(Resource.my_drive())).id
        async def parent():
            global sub
            sub = await opened()
        asyncio.run(get_endpoint(old))
        asyncio.run(parent())
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(get_endpoint(old))
            except drivebell.StateError as error:
                print("raised:", error, flush=True)
            print("new:", bool(asyncio.run(get_endpoint(client()))), flush=True)
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        print("child:", os.waitstatus_to_exitcode(status))
        print("parent:", bool(asyncio.run(get_endpoint(old))))
        """
    result = run(script, simulator)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].startswith("raised: ")
    assert "forked" in lines[0]
    assert lines[1:] == ["new: True", "child: 0", "parent: True"]


def test_a_forked_child_cannot_use_the_streams_of_its_parent(simulator: Simulator) -> None:
    script = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # os.fork() in a process with threads
        async def token():
            return "the-token-of-the-tests"
        old = blocking(token)
        sub = old.subscribe(Resource.my_drive()).__enter__()
        notes = iter(sub)
        child = os.fork()
        if child == 0:
            for use in (lambda: old.endpoint(Resource.my_drive()), lambda: next(notes)):
                try:
                    use()
                except drivebell.StateError as error:
                    print("raised:", "forked" in str(error), flush=True)
            sub.close()
            with blocking(token) as new, new.subscribe(Resource.my_drive()) as sub:
                print("new:", next(sub.events()).kind, flush=True)
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        print("child:", os.waitstatus_to_exitcode(status))
        print("parent:", bool(old.endpoint(Resource.my_drive()).id), sub.state)
        """
    result = run(script, simulator)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "raised: True",
        "raised: True",
        "new: connected",
        "child: 0",
        "parent: True live",
    ]


def test_a_program_may_end_and_fork_with_a_set_open(simulator: Simulator) -> None:
    script = """
        import warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # os.fork() in a process with threads
        subs = client().subscribe_all([Resource.my_drive(), Resource.drive("b!team")])
        async def main():
            await subs.__aenter__()
            async for note in subs:
                print(note.kind, flush=True)
                break
        asyncio.run(main())
        child = os.fork()
        if child == 0:
            async def add():
                subs.add(Resource.drive("b!other"))
            for call in (add(), subs.wait_closed()):
                try:
                    asyncio.run(call)
                except drivebell.StateError as error:
                    print("raised:", "forked" in str(error), flush=True)
            sys.exit(0)
        _, status = os.waitpid(child, 0)
        print("child:", os.waitstatus_to_exitcode(status))
        """
    result = run(script, simulator)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        "resync",
        "raised: True",
        "raised: True",
        "child: 0",
    ]


def test_children_that_are_forked_while_sessions_connect_end(flooded: Simulator) -> None:
    script = """
        import logging, warnings
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork beside threads
        # A file has a lock too, which Python leaves locked in the child.
        logging.basicConfig(level=logging.DEBUG, handlers=[logging.NullHandler()])
        for _ in range(40):
            parent = blocking()
            subs = parent.subscribe_all([Resource.my_drive(), Resource.drive("b!team")])
            subs.__enter__()
            sub = parent.subscribe(Resource.my_drive(), wait_live=False).__enter__()
            changes = parent.changes(Resource.my_drive(), since="now")
            next(iter(subs))
            child = os.fork()
            if child == 0:
                blocking()
                del sub, subs, changes, parent
                gc.collect()
                sys.exit(0)
            _, status = os.waitpid(child, 0)
            assert status == 0, status
            parent.close()
        print("done")
        """
    result = run(script, flooded)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "done\n"


def test_a_subscription_whose_loop_is_closed_closes_itself(simulator: Simulator) -> None:
    script = """
        import urllib.request, json
        def call(method, path):
            request = urllib.request.Request(base_url + path, method=method)
            return json.load(urllib.request.urlopen(request))
        before = call("GET", "/_simulator/state")["connected"]
        loop = asyncio.new_event_loop()
        sub = loop.run_until_complete(opened())
        async def consume():
            async for note in sub: pass
        async def wait_a_little():
            global task
            task = asyncio.ensure_future(consume())
            await asyncio.sleep(0.05)
        loop.run_until_complete(wait_a_little())
        loop.close()
        assert call("GET", "/_simulator/state")["connected"] == before + 1
        call("POST", "/_simulator/notify?drive=b!me&count=1")
        deadline = time.monotonic() + 20
        while call("GET", "/_simulator/state")["connected"] != before:
            assert time.monotonic() < deadline, "still connected"
        print("closed")
        os._exit(0)
        """
    result = run(script, simulator)
    assert result.returncode == 0, result.stderr
    assert "closed" in result.stdout

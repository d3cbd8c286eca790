"""Calling the store of a program, which may be async or block."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from ._awaitables import close_unawaited
from ._errors import invalid
from ._native import MemoryStore, SqliteStore, StoreReply
from ._threads import DaemonThreads

CALLS = ("list_ownership", "claim_ownership", "list_checkpoints", "update_checkpoint")

MAX_GIVEN_UP = 8
"""How many async calls that were given up may still run. Further calls fail until they end."""

Start = Callable[[tuple[Any, ...], StoreReply], None]
"""Starts a call, and returns at once. The outcome goes to the reply. Any thread may call it."""


class PreparedStore:
    """A store of the program, for the native stream."""

    def __init__(self, calls: dict[str, Start]) -> None:
        self._calls = calls

    def start(self, call: str, arguments: tuple[Any, ...], reply: StoreReply) -> None:
        """Starts a call."""
        self._calls[call](arguments, reply)


Prepared = MemoryStore | SqliteStore | PreparedStore


def prepare(store: object, loop: asyncio.AbstractEventLoop | None) -> Prepared:
    """Converts a store for the native stream. `loop` runs its async functions; without one, they
    are refused. Raises `InvalidArgumentError` for what is no store."""
    if isinstance(store, MemoryStore | SqliteStore):
        return store
    if isinstance(store, type):
        raise invalid("store", f"must be a store, not the class {store.__name__}: make an instance")
    threads = DaemonThreads(1, "drivebell-store")
    tasks = None if loop is None else _Tasks(loop)
    calls = {}
    for name in CALLS:
        function = getattr(store, name, None)
        if not callable(function):
            raise invalid("store", f"a {type(store).__name__} has no function {name}")
        if not inspect.iscoroutinefunction(function):
            calls[name] = _in_thread(function, threads, tasks)
        elif tasks is not None:
            calls[name] = tasks.on_loop(function)
        else:
            raise invalid("store", f"its function {name} is async: drivebell.sync needs plain ones")
    return PreparedStore(calls)


def _in_thread(function: Callable[..., Any], threads: DaemonThreads, tasks: _Tasks | None) -> Start:
    """One thread for all calls, so that a store needs no locks. What it has not begun when it is
    given up, it never begins."""

    def start(arguments: tuple[Any, ...], reply: StoreReply) -> None:
        def job() -> None:
            try:
                result = function(*arguments)
                if not inspect.isawaitable(result):
                    reply.resolve(result)
                elif tasks is not None:
                    tasks.await_soon(result, reply)
                else:
                    reply.refuse("returned an awaitable: drivebell.sync needs the result itself")
            except BaseException as error:  # a thread has nobody to raise to
                reply.reject(error)

        reply.on_cancel(lambda: threads.remove(job))
        threads.submit(job)

    return start


class _Tasks:
    """Awaits calls on an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        # The loop holds tasks weakly: without this set, a running call could be collected.
        self._running: set[asyncio.Task[None]] = set()
        self._given_up: set[asyncio.Task[None]] = set()

    def on_loop(self, function: Callable[..., Awaitable[Any]]) -> Start:
        def start(arguments: tuple[Any, ...], reply: StoreReply) -> None:
            self._soon(lambda: self._begin(function, arguments, reply), reply)

        return start

    def await_soon(self, awaitable: Awaitable[Any], reply: StoreReply) -> None:
        """Awaits what a plain function has returned."""

        def begin() -> None:
            task = self._run(_await(awaitable, reply), reply)
            # The task may have been cancelled before it began.
            task.add_done_callback(lambda _: close_unawaited(awaitable))

        if not self._soon(begin, reply):
            close_unawaited(awaitable)

    def _soon(self, callback: Callable[[], None], reply: StoreReply) -> bool:
        try:
            self._loop.call_soon_threadsafe(callback)
        except RuntimeError:
            reply.refuse("could not be awaited: the event loop of the stream is closed")
            return False
        return True

    def _begin(
        self,
        function: Callable[..., Awaitable[Any]],
        arguments: tuple[Any, ...],
        reply: StoreReply,
    ) -> None:
        if reply.is_given_up:
            return
        if len(self._given_up) >= MAX_GIVEN_UP:
            reply.refuse(f"was not called: {MAX_GIVEN_UP} calls have not ended that were cancelled")
            return
        self._run(_call(function, arguments, reply), reply)

    def _run(self, call: Any, reply: StoreReply) -> asyncio.Task[None]:
        task = self._loop.create_task(call)
        self._running.add(task)
        task.add_done_callback(self._ended)

        def give_up() -> None:
            self._given_up.add(task)
            task.cancel()

        # It raises if the loop is closed, which ends the task too.
        reply.on_cancel(lambda: self._loop.call_soon_threadsafe(give_up))
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._given_up.discard(task)


async def _call(
    function: Callable[..., Awaitable[Any]], arguments: tuple[Any, ...], reply: StoreReply
) -> None:
    try:
        reply.resolve(await function(*arguments))
    except BaseException as error:
        reply.reject(error)
        if not isinstance(error, Exception):
            raise


async def _await(awaitable: Awaitable[Any], reply: StoreReply) -> None:
    async def result() -> Any:
        return await awaitable

    await _call(result, (), reply)

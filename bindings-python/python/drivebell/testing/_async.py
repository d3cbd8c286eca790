"""The simulator for async tests."""
# ruff: noqa: ASYNC109 - `timeout` as in the blocking calls

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Literal, Self, TypeVar

from .._client import Client
from .._errors import Error
from ._fault import Fault, FaultAction, FaultStage, FaultTarget, FaultTime
from ._records import Item, Request, SentEvent, Session
from ._sync import DEADLINE, DEFAULT_TOKEN, MY_DRIVE, PAUSE, SyncSimulator, late, looks

T = TypeVar("T")


class AsyncFault:
    """A fault that was set. `acted` is the number of connections, requests or URLs on which it has
    acted when it was set."""

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self.id = fault.id
        self.acted = fault.acted

    async def release(self) -> None:
        """Ends the fault. What it held back is delivered."""
        await asyncio.to_thread(self._fault.release)

    def __repr__(self) -> str:
        return f"AsyncFault(id={self.id}, acted={self.acted})"


class PendingFault:
    """A fault that is about to be set: await it, or use it in `async with`, which releases it."""

    def __init__(self, set_fault: Callable[[], Fault]) -> None:
        self._set_fault = set_fault
        self._fault: AsyncFault | None = None

    def __await__(self) -> Generator[Any, None, AsyncFault]:
        return self._set().__await__()

    async def _set(self) -> AsyncFault:
        return AsyncFault(await asyncio.to_thread(self._set_fault))

    async def __aenter__(self) -> AsyncFault:
        self._fault = await self
        return self._fault

    async def __aexit__(self, *_: object) -> None:
        if self._fault is not None:
            await self._fault.release()


class Simulator:
    """A simulator of Microsoft's service in its own process, on a free port of 127.0.0.1.

    Use it as `async with Simulator() as simulator:`, or call `start` and `close`. It never outlives
    this process. No fault affects its calls. `SyncSimulator` is the same for tests without an event
    loop.

    `options` are those of its command line, for example `"--lifetime", "2"`: `drivebell-simulator
    --help` lists them. `token` is an access token that it accepts and that never expires.
    Microsoft does not document what happens to connections whose notification URL expires; here
    they are cut off, unless the options have `--at-expiry`.
    """

    def __init__(
        self, *options: str, token: str = DEFAULT_TOKEN, start_timeout: float = DEADLINE
    ) -> None:
        self._blocking = SyncSimulator(*options, token=token, start_timeout=start_timeout)
        self.token = token
        """An access token that every request is accepted with. It never expires."""

    @classmethod
    def _of(cls, blocking: SyncSimulator) -> Self:
        simulator = cls(token=blocking.token)
        simulator._blocking = blocking
        return simulator

    async def start(self) -> None:
        """Starts the process, in a few hundredths of a second.

        Raises `SimulatorError` if it is not installed, or does not start within `start_timeout`.
        The error has what it wrote to stderr.
        """
        starting = asyncio.create_task(asyncio.to_thread(self._blocking.start))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            # Otherwise nobody would close it.
            with contextlib.suppress(Error):
                await starting
            self._blocking.close()
            raise

    async def close(self) -> None:
        """Ends the process. May be called more than once."""
        await asyncio.to_thread(self._blocking.close)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def base_url(self) -> str:
        """The `base_url` of clients: `http://127.0.0.1:PORT`."""
        return self._blocking.base_url

    def client(self, **options: Any) -> Client:
        """A new client of this simulator, with `credential`, whose tokens expire. `options` are
        those of `drivebell.Client`. Its waits between attempts are short, so that tests are
        fast."""
        return Client(self.credential, **self._blocking._client_options(options))

    async def credential(self) -> dict[str, Any]:
        """Signs the user of `/me/drive` in, and returns what the identity service says: an access
        token for an hour, or a refusal. A credential of clients. After `advance` the token is
        refused, and the client asks for another one."""
        return await asyncio.to_thread(self._blocking.credential)

    async def upload(self, path: str, content: bytes | str = b"", *, drive: str = MY_DRIVE) -> Item:
        """Creates or replaces a file, and creates the folders above it."""
        return await asyncio.to_thread(self._blocking.upload, path, content, drive=drive)

    async def create_folder(self, path: str, *, drive: str = MY_DRIVE) -> Item:
        """Creates a folder, and the folders above it."""
        return await asyncio.to_thread(self._blocking.create_folder, path, drive=drive)

    async def move(self, path: str, to: str, *, drive: str = MY_DRIVE) -> Item:
        """Renames or moves an item, or both: `to` is its whole new path."""
        return await asyncio.to_thread(self._blocking.move, path, to, drive=drive)

    async def rename(self, path: str, name: str, *, drive: str = MY_DRIVE) -> Item:
        """Gives an item another name, in the same folder."""
        return await asyncio.to_thread(self._blocking.rename, path, name, drive=drive)

    async def delete(self, path: str, *, drive: str = MY_DRIVE) -> Item:
        """Deletes an item; a folder with everything below it. Returns what it was."""
        return await asyncio.to_thread(self._blocking.delete, path, drive=drive)

    async def children(self, path: str = "/", *, drive: str = MY_DRIVE) -> list[Item]:
        """What is in a folder, by name."""
        return await asyncio.to_thread(self._blocking.children, path, drive=drive)

    async def notify(self, count: int = 1, *, drive: str = MY_DRIVE) -> None:
        """Sends notifications to the sessions of a drive in which nothing changes."""
        await asyncio.to_thread(self._blocking.notify, count, drive=drive)

    def fault(
        self,
        action: FaultAction,
        *,
        on: FaultTarget = "all",
        drive: str | None = None,
        when: FaultTime = "always",
        skip: int = 0,
        times: int | None = None,
        share: float | None = None,
        after: FaultStage | None = None,
        after_bytes: int = 0,
        for_ms: int | None = None,
        **fields: object,
    ) -> PendingFault:
        """Makes the service fail until the fault is released, for example
        `await simulator.fault("answer", status=503, on="graph", times=2)`. In `async with`, it is
        released at the end.

        `action` names what happens, and `fields` are its fields, in Python's spelling:
        `retry_after=15`. simulator/README.md describes all of them, and the other arguments. Times
        whose names end in `ms` are milliseconds.

        Raises `InvalidArgumentError` for an unknown name or a bad value.
        """
        return PendingFault(
            lambda: self._blocking.fault(
                action,
                on=on,
                drive=drive,
                when=when,
                skip=skip,
                times=times,
                share=share,
                after=after,
                after_bytes=after_bytes,
                for_ms=for_ms,
                **fields,
            )
        )

    async def release_faults(self) -> None:
        """Ends all faults. What they held back is delivered."""
        await asyncio.to_thread(self._blocking.release_faults)

    async def expire_endpoints(
        self, then: Literal["drop", "quiet", "goOn"] = "drop", *, drive: str | None = None
    ) -> int:
        """Makes the notification URLs that were issued so far expire now, without a word of it in
        advance. `then` says what happens to their connections: they are cut off, get nothing any
        more, or go on. Returns how many there were."""
        return await asyncio.to_thread(self._blocking.expire_endpoints, then, drive=drive)

    async def advance(self, seconds: float) -> None:
        """Moves time for everything that was issued: notification URLs, access tokens, device codes
        and delta tokens expire that much sooner. What is issued afterwards has its usual lifetime.

        Clients keep their own time: what they do by it, such as a renewal before the expiry, comes
        no sooner. To test renewals, start the simulator with `"--lifetime", "2"`.
        """
        await asyncio.to_thread(self._blocking.advance, seconds)

    async def sessions(self) -> list[Session]:
        """The connections that get notifications, the first one first."""
        return await asyncio.to_thread(self._blocking.sessions)

    async def connected(self) -> int:
        """How many there are."""
        return await asyncio.to_thread(self._blocking.connected)

    async def requests(self, path: str = "") -> list[Request]:
        """The last 1000 requests of clients whose path contains `path`, the first one first."""
        return await asyncio.to_thread(self._blocking.requests, path)

    async def events(self) -> list[SentEvent]:
        """The last 10,000 notifications that were sent, the first one first."""
        return await asyncio.to_thread(self._blocking.events)

    async def wait_connected(self, count: int = 1, *, timeout: float = DEADLINE) -> None:
        """Waits until that many sessions are connected, or more.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        connected = await self._wait(self.connected, lambda now: now >= count, timeout)
        if connected < count:
            raise late(timeout, f"{connected} sessions are connected instead of {count}")

    async def wait_disconnected(self, *, timeout: float = DEADLINE) -> None:
        """Waits until no session is connected.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        connected = await self._wait(self.connected, lambda now: now == 0, timeout)
        if connected:
            raise late(timeout, f"{connected} sessions are still connected")

    async def wait_request(
        self, path: str = "", count: int = 1, *, timeout: float = DEADLINE
    ) -> list[Request]:
        """Waits until that many requests whose path contains `path` have arrived, and returns them.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        found = await self._wait(
            lambda: self.requests(path), lambda now: len(now) >= count, timeout
        )
        if len(found) < count:
            raise late(timeout, f"{len(found)} of {count} requests with {path!r} have arrived")
        return found

    async def _wait(
        self, look: Callable[[], Awaitable[T]], is_met: Callable[[T], bool], timeout: float
    ) -> T:
        """Looks until the condition is met, or it is too late. Returns what it saw last."""
        # Not one long call in a thread, which could not be cancelled.
        for _ in range(looks(timeout)):
            seen = await look()
            if is_met(seen):
                break
            await asyncio.sleep(PAUSE)
        return seen

    def __repr__(self) -> str:
        return repr(self._blocking).replace("SyncSimulator", type(self).__name__)

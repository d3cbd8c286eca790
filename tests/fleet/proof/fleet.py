"""A whole fleet: NATS, the simulator, tokens, drives, workers, and an observer."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from nats.aio.client import Client
from nats.js.errors import BucketNotFoundError
from nats.js.kv import KeyValue

from proof.connection import connect
from proof.deadline import until
from proof.graph import Edit, Graph
from proof.judgement import Delivery, delivery
from proof.nats_server import NEWEST, NatsServer
from proof.observer import Observer, exists
from proof.partition import Network
from proof.tokens import TokenService
from proof.workers import Settings, Worker

AT_ONCE = 500
SETTLED = 120.0
"""Seconds that a fleet may take until each drive has a socket. Only a failure takes so long."""


@dataclass
class Fleet:
    """Everything in one folder, where the logs stay."""

    folder: Path
    drives: int
    program: Path = NEWEST
    simulator_options: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    """Of [`Settings`], for all workers."""
    workers: list[Worker] = field(default_factory=list)
    """Those that were started, dead ones too."""
    tokens: TokenService = field(default_factory=TokenService)
    server: NatsServer = field(init=False)
    graph: Graph = field(init=False)
    connection: Client = field(init=False)
    observer: Observer = field(init=False)
    _stack: AsyncExitStack = field(init=False)

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        async with AsyncExitStack() as stack:
            self.server = stack.enter_context(NatsServer(self.folder / "nats", self.program))
            self.graph = stack.enter_context(Graph(self.drives, self.simulator_options))
            self.connection = await connect(self.server.url)
            stack.push_async_callback(self._disconnect)
            await self.tokens.answer(self.connection)
            self.observer = Observer(self.connection)
            stack.callback(self._kill_workers)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def _disconnect(self) -> None:
        # NATS may have closed it a moment ago.
        with suppress(OSError):
            await self.connection.close()

    def _kill_workers(self) -> None:
        for worker in self.workers:
            if worker.is_running():
                worker.go_on()
                worker.kill()

    async def network(self) -> Network:
        """Another way to NATS, which can be cut."""
        return await self._stack.enter_async_context(Network(self.server.port))

    def start_worker(
        self, *, nats_url: str | None = None, clock: str = "", **settings: Any
    ) -> Worker:
        worker = Worker(
            f"worker-{len(self.workers) + 1:03}",
            nats_url or self.server.url,
            Settings(self.graph.url, **self.settings | settings),
            self.folder,
            clock,
        )
        self.workers.append(worker)
        worker.start()
        return worker

    async def start(self, workers: int) -> None:
        """Starts workers and the observer, adds all drives, and waits until each has a socket."""
        for _ in range(workers):
            self.start_worker()
        await self.observe()
        await self.add(self.graph.ids())
        await self.settled()

    async def observe(self) -> None:
        """Once a worker has made the stream, which it makes last."""
        jetstream = self.connection.jetstream()

        async def has_begun() -> bool:
            self.check_workers()
            return await exists(jetstream, "drivebell-changes")

        await until(has_begun, "a worker has made the stream")
        self._stack.push_async_callback(self.observer.stop)
        await self.observer.start()

    def check_workers(self) -> None:
        """Raises if one has ended that was neither killed nor told to stop."""
        for worker in self.workers:
            if worker.process.poll() not in (None, -9, 0):
                text = worker.log.read_text(encoding="utf-8")
                raise AssertionError(f"{worker.name} has ended: {text[-2000:]}")

    async def settled(self, drives: int | None = None) -> None:
        """Waits until so many drives have a socket; all by default."""
        wanted = self.drives if drives is None else drives

        async def live() -> bool:
            self.check_workers()
            return await asyncio.to_thread(self.graph.connected) >= wanted

        await until(live, f"{wanted} drives have a socket", deadline=SETTLED)

    async def entries(self) -> KeyValue:
        """The bucket of drives."""
        jetstream = self.connection.jetstream()
        bucket = "drivebell-drives"

        async def exists() -> bool:
            try:
                await jetstream.key_value(bucket)
            except BucketNotFoundError:
                return False
            return True

        await until(exists, f"{bucket} exists")
        return await jetstream.key_value(bucket)

    async def add(self, drives: Iterable[str], **more: str) -> None:
        """Adds drives of the simulator, each of another user, under their ids."""
        bucket = await self.entries()
        entries = [(drive, entry(drive) | more) for drive in drives]
        for start in range(0, len(entries), AT_ONCE):
            some = entries[start : start + AT_ONCE]
            await asyncio.gather(
                *(bucket.put(drive, json.dumps(value).encode()) for drive, value in some)
            )

    async def delivery(self, edits: list[Edit]) -> Delivery:
        """What has become of these edits so far."""
        await self.observer.caught_up()
        return delivery(edits, self.observer.arrivals, self.observer.completed)

    async def all_arrived(self, deadline: float = SETTLED) -> None:
        """Waits until a consumer of the stream knows the last state of each edited item, but not
        for ever: what is missing then is lost, as the report says."""
        edits = await asyncio.to_thread(self.graph.edits)
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            found = await self.delivery(edits)
            if not found.lost:
                return
            await asyncio.sleep(0.5)

    def owned_by(self, worker: Worker) -> list[str]:
        """The drives that a worker follows, by the leases."""
        partitions = {
            partition
            for partition, claims in self.observer.claims.items()
            if claims[-1].owner.startswith(worker.name)
        }
        return [
            drive
            for drive, partition in self.observer.partitions.items()
            if partition in partitions
        ]


def entry(drive: str) -> dict[str, str]:
    number = drive.rpartition("-")[2]
    return {"resource": f"/drives/{drive}", "user": f"user-{number}@contoso.com", "since": "start"}


def now() -> float:
    """In seconds since the Unix epoch, by the clock of NATS and of the simulator."""
    return time.time()

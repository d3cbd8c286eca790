"""Reads a stream of JetStream whole, also across restarts of NATS."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import nats.errors
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

BATCH = 500


@dataclass(frozen=True)
class Stored:
    """A message as the stream has it."""

    sequence: int
    at: float
    """When NATS stored it, in seconds since the Unix epoch."""
    subject: str
    headers: dict[str, str]
    data: bytes


@dataclass
class StreamReader:
    """Hands every message to `read`, in the order of the stream."""

    jetstream: JetStreamContext
    stream: str
    read: Callable[[Stored], None]
    last: int = 0
    """The sequence of the last message that was read."""
    _task: asyncio.Task[None] = field(init=False)
    _stopped: bool = False

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._follow())

    async def stop(self) -> None:
        # nats-py may take a cancellation for the end of its wait.
        self._stopped = True
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def last_stored(self) -> int:
        """The sequence of the last message that the stream has at present."""
        info = await self.jetstream.stream_info(self.stream)
        return info.state.last_seq

    async def has_read(self, sequence: int) -> bool:
        if self._task.done():
            self._task.result()
        return self.last >= sequence

    async def _follow(self) -> None:
        while not self._stopped:
            # NATS is away, or has forgotten the consumer, which lives in its memory.
            with suppress(nats.errors.Error, asyncio.TimeoutError, OSError):
                await self._follow_one_consumer()
            await asyncio.sleep(0.2)

    async def _follow_one_consumer(self) -> None:
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=self.last + 1,
            ack_policy=AckPolicy.NONE,
            inactive_threshold=30,
            mem_storage=True,
        )
        consumer = await self.jetstream.pull_subscribe("", stream=self.stream, config=config)
        try:
            idle = 0
            while idle < 2 and not self._stopped:
                # It may be gone without a word, so it is made again after a while without messages.
                try:
                    messages = await consumer.fetch(BATCH, timeout=2)
                except nats.errors.TimeoutError:
                    idle += 1
                    continue
                idle = 0
                for message in messages:
                    metadata = message.metadata
                    sequence = metadata.sequence.stream
                    if sequence <= self.last:
                        continue
                    self.last = sequence
                    stored_at = metadata.timestamp
                    assert isinstance(stored_at, datetime)
                    self.read(
                        Stored(
                            sequence,
                            stored_at.timestamp(),
                            message.subject,
                            message.headers or {},
                            message.data,
                        )
                    )
        finally:
            await consumer.unsubscribe()

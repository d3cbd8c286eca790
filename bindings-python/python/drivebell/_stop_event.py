"""Loops that end when an event of the program is set."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from ._errors import StateError, invalid
from ._waiting import Source

T_co = TypeVar("T_co", covariant=True)


class StopEvent(Protocol):
    """A `threading.Event`, or anything that can be asked the same."""

    def is_set(self) -> bool: ...


class AsyncStopEvent(StopEvent, Protocol):
    """An `asyncio.Event`, or anything that can be awaited like one."""

    async def wait(self) -> Any: ...


def check_stop_event(event: object) -> None:
    """Raises `InvalidArgumentError` if an event loop cannot wait for it."""
    if event is not None and not (
        callable(getattr(event, "is_set", None))
        and inspect.iscoroutinefunction(getattr(event, "wait", None))
    ):
        kind = type(event).__name__
        raise invalid(
            "stop_event", f"must be an asyncio.Event, not {kind}: only that can be awaited"
        )


def check_blocking_stop_event(event: object) -> None:
    """Raises `InvalidArgumentError` if it cannot be asked."""
    if event is not None and not callable(getattr(event, "is_set", None)):
        kind = type(event).__name__
        raise invalid("stop_event", f"must be a threading.Event, not {kind}")


def stopped_while_entering() -> StateError:
    return StateError("the stop_event was set while this subscription was being entered")


class StoppableSource(Source[T_co]):
    """A source that ends when the event is set. What waits in it stays there. A task of the event
    loop wakes its consumer."""

    def __init__(self, source: Source[T_co], stop_event: AsyncStopEvent) -> None:
        self._source = source
        self._stop_event = stop_event
        self._watch: asyncio.Task[None] | None = None
        self._wake: Callable[[], None] = lambda: None

    def try_next(self) -> T_co | None:
        if self._stop_event.is_set():
            raise StopAsyncIteration
        return self._source.try_next()

    def arm(self, event_loop: asyncio.AbstractEventLoop, wake: Callable[[], None]) -> bool:
        self._wake = wake
        if self._watch is None or self._watch.get_loop() is not event_loop:
            self._watch = event_loop.create_task(self._wake_when_set())
        return self._source.arm(event_loop, wake)

    async def _wake_when_set(self) -> None:
        await self._stop_event.wait()
        self._wake()

    def close(self) -> None:
        """Ends the task."""
        if self._watch is not None:
            self._watch.cancel()


def until(source: Source[T_co], stop_event: AsyncStopEvent | None) -> Source[T_co]:
    """The source, which ends when the event is set."""
    return source if stop_event is None else StoppableSource(source, stop_event)


def let_go(source: object) -> None:
    """Ends what waits for the event of a source."""
    if isinstance(source, StoppableSource):
        source.close()

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Literal, get_args

from ._calls import running_loop
from ._errors import invalid
from ._lifecycle import Lifecycle
from ._native import Notification
from ._waiting import Source

LifecycleName = Literal["connected", "disconnected", "signing_in", "renewed", "unavailable"]
"""The kinds that a subscription emits; the others are of sets and streams of changes."""
EventName = LifecycleName | Literal["notification", "error"]
_EVENT_NAMES = ("notification", *get_args(LifecycleName), "error")

logger = logging.getLogger("drivebell")


class Handlers:
    """The handlers of each event."""

    def __init__(self, *more_events: str) -> None:
        self._names = (*_EVENT_NAMES, *more_events)
        # Tuples, so that a handler may add one while they are called.
        self._by_event: dict[str, tuple[Callable[[Any], object], ...]] = {}
        # What `pump` waits for.
        self._woken: asyncio.Future[None] | None = None

    @property
    def consume_notifications(self) -> bool:
        return self.wants("notification")

    def wants(self, event: str) -> bool:
        return event in self._by_event

    def add(self, event: str, handler: Callable[[Any], object]) -> None:
        self._by_event[event] = (*self._by_event.get(event, ()), handler)

    def remove(self, event: str, handler: object) -> None:
        left = list(self._by_event.get(event, ()))
        if handler not in left:
            raise invalid("handler", f"{handler!r} is no handler for {event!r}")
        left.reverse()
        left.remove(handler)
        left.reverse()
        if left:
            self._by_event[event] = tuple(left)
        else:
            del self._by_event[event]

    def check_event(self, event: object) -> None:
        if event not in self._names:
            raise invalid("event", f"{event!r} is not one of {', '.join(self._names)}")

    @staticmethod
    def check_handler(handler: object) -> None:
        if not callable(handler):
            raise invalid("handler", f"must be callable, not {type(handler).__name__}")

    async def call(self, event: str, argument: object) -> None:
        """Calls the handlers one after the other. Logs what they raise."""
        for handler in self._by_event.get(event, ()):
            result = self._call(handler, event, argument)
            if result is not None and inspect.isawaitable(result):
                await self._finish(result, handler, event)

    def start(self, event: str, argument: object) -> asyncio.Task[None]:
        """Calls the handlers in their own task, so that cancelling the consumer does not
        cancel them."""
        return asyncio.get_running_loop().create_task(self.call(event, argument))

    def call_now(self, event: str, argument: object) -> None:
        """Like `call`, where nothing can be awaited."""
        for handler in self._by_event.get(event, ()):
            self._call(handler, event, argument)

    def _call(self, handler: Callable[[Any], object], event: str, argument: object) -> object:
        try:
            return handler(argument)
        except Exception:
            self._log_failure(handler, event)
            return None

    async def _finish(self, result: Awaitable[object], handler: object, event: str) -> None:
        try:
            await result
        except Exception:
            self._log_failure(handler, event)

    def _log_failure(self, handler: object, event: str) -> None:
        logger.exception("the handler %r for the event %r failed", handler, event)

    def look_again(self) -> None:
        """Says to `pump` that handlers came or went, or that there is an event."""
        if self._woken is not None and not self._woken.done():
            self._woken.set_result(None)

    async def pump(self, source: Source[Notification | Lifecycle]) -> None:
        """Passes every event to its handlers, until the source ends. While there is none for
        notifications, all events stay in the source."""
        try:
            while True:
                event = source.try_next() if self.consume_notifications else None
                if event is None:
                    await self._wait_for(source)
                    continue
                if isinstance(event, Notification):
                    # As `call` does, without the cost of a coroutine for each event of a burst.
                    for handler in self._by_event["notification"]:
                        result = self._call(handler, "notification", event)
                        if result is not None and inspect.isawaitable(result):
                            await self._finish(result, handler, "notification")
                elif self.wants(event.kind):
                    await asyncio.shield(self.start(event.kind, event))
        except StopAsyncIteration:
            return
        except Exception as error:
            if self.wants("error"):
                await self.call("error", error)
            else:
                logger.error("the subscription ended and has no handler for 'error': %s", error)

    async def _wait_for(self, source: Source[object]) -> None:
        loop = running_loop()
        self._woken = loop.create_future()
        if not self.consume_notifications or not source.arm(loop, self.look_again):
            await self._woken

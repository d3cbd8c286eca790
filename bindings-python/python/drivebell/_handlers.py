from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Literal, Protocol, get_args

from ._errors import invalid
from ._native import Lifecycle, Notification

LifecycleName = Literal["connected", "disconnected", "renewed", "unavailable"]
EventName = Literal["notification", "connected", "disconnected", "renewed", "unavailable", "error"]
_EVENT_NAMES: tuple[str, ...] = get_args(EventName)

Take = Callable[[], Notification | Lifecycle | None]

logger = logging.getLogger("drivebell")


class Events(Protocol):
    """What is iterated over, and can be given back what was taken from behind it."""

    def __aiter__(self) -> AsyncIterator[Notification | Lifecycle]: ...
    def put_back(self, event: Lifecycle) -> None: ...


class Handlers:
    """Who is called for which event."""

    def __init__(self, *more_events: str) -> None:
        self._names = (*_EVENT_NAMES, *more_events)
        # Tuples, which stay as they are while they are called.
        self._by_event: dict[str, tuple[Callable[[Any], object], ...]] = {}

    @property
    def consume_notifications(self) -> bool:
        return self.wants("notification")

    def wants(self, event: str) -> bool:
        return event in self._by_event

    def add(self, event: str, handler: Callable[[Any], object]) -> None:
        self._by_event[event] = (*self._by_event.get(event, ()), handler)

    def check_event(self, event: object) -> None:
        if event not in self._names:
            raise invalid("event", f"{event!r} is not one of {', '.join(self._names)}")

    @staticmethod
    def check_handler(handler: object) -> None:
        if not callable(handler):
            raise invalid("handler", f"a {type(handler).__name__} is not callable")

    async def call(self, event: str, argument: object) -> None:
        """Calls the handlers one after the other; what they raise is logged."""
        for handler in self._by_event.get(event, ()):
            result = self._call(handler, event, argument)
            if result is not None and inspect.isawaitable(result):
                await self._finish(result, handler, event)

    def call_now(self, event: str, argument: object) -> None:
        """As `call`, where nothing can be awaited."""
        for handler in self._by_event.get(event, ()):
            self._call(handler, event, argument)

    def _call(self, handler: Callable[[Any], object], event: str, argument: object) -> object:
        try:
            return handler(argument)
        except Exception:
            self._log_failure(handler, event)
            return None

    async def _call_for_each(
        self, event: Notification | Lifecycle | None, take: Take
    ) -> Lifecycle | None:
        """As `call` does, without a coroutine for each of a burst; gives what ends it."""
        while isinstance(event, Notification):
            for handler in self._by_event["notification"]:
                result = self._call(handler, "notification", event)
                if result is not None and inspect.isawaitable(result):
                    await self._finish(result, handler, "notification")
            event = take()
        return event

    async def _finish(self, result: Awaitable[object], handler: object, event: str) -> None:
        try:
            await result
        except Exception:
            self._log_failure(handler, event)

    def _log_failure(self, handler: object, event: str) -> None:
        logger.exception("the handler %r of the event %r failed", handler, event)

    async def pump(self, events: Events, take: Take) -> None:
        """Hands every event to its handlers, until the session ends. `take` takes from the source
        of the events, without waiting."""
        try:
            async for event in events:
                # Lifecycle events have gone to their handlers in the iterator.
                if isinstance(event, Notification):
                    other = await self._call_for_each(event, take)
                    if other is not None:
                        events.put_back(other)
                # It must not live on here until the next one, which may take hours.
                del event
        except StopAsyncIteration:
            return
        except Exception as error:
            if self.wants("error"):
                await self.call("error", error)
            else:
                logger.error("the subscription ended, and has no handler of 'error': %s", error)

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Self, TypeVar, overload

from . import _native
from ._calls import call, running_loop
from ._consumer import Consumer, ConsumerBase, ErrorHandler, LifecycleHandler, NotificationHandler
from ._errors import StateError
from ._handlers import EventName, LifecycleName
from ._names import SubscriptionState
from ._native import Resource
from ._stats import SubscriptionStats
from ._stop_event import AsyncStopEvent, stopped_while_entering

N = TypeVar("N", bound=NotificationHandler)
L = TypeVar("L", bound=LifecycleHandler)
E = TypeVar("E", bound=ErrorHandler)


def closed_while_entering() -> StateError:
    return StateError("this subscription was closed while it was being entered")


class SubscriptionBase(ConsumerBase):
    """What the async and the blocking subscription share."""

    def __init__(
        self, client: _native.Client, resource: Resource, *, wait_live: bool, stop_event: Any
    ) -> None:
        super().__init__(client, stop_event)
        self._resource = resource
        self._wait_live = wait_live
        self._entering = False
        self._native: _native.Subscription | None = None

    @property
    def resource(self) -> Resource:
        """The resource that is subscribed to."""
        return self._resource

    @property
    def state(self) -> SubscriptionState:
        """The state of the session now. Its events may reach the consumer later.

        - `"acquiring"`: it requests an endpoint from Graph. Also the state while entering waits.
        - `"opening"`: it connects to the notification server.
        - `"backoff"`: it waits before the next attempt.
        - `"live"`: notifications arrive.
        - `"renewing"`: it is live, and connects to a new endpoint at the same time.
        - `"closed"`: the session has ended, or the subscription is not entered yet.
        """
        if self._native is not None:
            return self._native.state()
        return "acquiring" if self._entering else "closed"

    def stats(self) -> SubscriptionStats:
        """Counters since the subscription was entered; all zero before that."""
        if self._native is None:
            return SubscriptionStats()
        return SubscriptionStats(*self._native.stats())

    @overload
    def on(self, event: Literal["notification"]) -> Callable[[N], N]: ...
    @overload
    def on(self, event: Literal["notification"], handler: N) -> N: ...
    @overload
    def on(self, event: LifecycleName) -> Callable[[L], L]: ...
    @overload
    def on(self, event: LifecycleName, handler: L) -> L: ...
    @overload
    def on(self, event: Literal["error"]) -> Callable[[E], E]: ...
    @overload
    def on(self, event: Literal["error"], handler: E) -> E: ...

    def on(self, event: EventName, handler: Any = None) -> Any:
        """Calls `handler` for each event of that name. Without a handler, returns a decorator.

        - `"notification"`: called with a `Notification`.
        - `"connected"`, `"disconnected"`, `"signing_in"`, `"renewed"`, `"unavailable"`: called with
          a `Lifecycle`.
        - `"error"`: called with the exception that ended the session, if notifications go to
          handlers.

        May be called before entering. Handlers are called in order, one at a time. They run on the
        event loop, which awaits an async handler before the next event; in `drivebell.sync` they
        run on the thread that iterates or calls `run`. An exception of a handler is logged with its
        traceback, and the session continues.

        Raises `InvalidArgumentError` for an unknown event or a handler that is not callable, and
        `StateError` for a notification handler while a task waits in an iterator.
        """
        return self._add_handler(event, handler)

    def _is_open(self) -> bool:
        return super()._is_open() and self.state != "closed"

    def _check_enterable(self) -> None:
        if self._native is not None or self._entering:
            raise StateError("this subscription was entered before: subscribe again")
        if self._closed:
            raise StateError("this subscription is closed: subscribe again")

    def _native_or_none(self) -> _native.Subscription | None:
        return self._native

    def __repr__(self) -> str:
        entered = self._closed or self._native is not None or self._entering
        state = self.state if entered else "not entered"
        return f"<drivebell.Subscription {self._resource} {state}>"


class Subscription(SubscriptionBase, Consumer):
    """Notifications of one resource. Created by `Client.subscribe`; enter it with `async with`.

    One consumer gets the notifications: an iterator (`async for note in sub`) or handlers
    (`sub.on("notification", handler)`); both raise `StateError`. Handlers of other events may run
    beside an iterator. One task at a time may wait; a further loop goes on where the last one
    ended, also if `asyncio.timeout` or Ctrl-C ended it. Events wait in a bounded queue for the
    consumer. When it is full, further notifications are merged into the last one waiting, whose
    `coalesced` counts them.

    A subscription survives every temporary failure: it reconnects, and after each gap one
    notification of kind `"resync"` stands for the changes that were not announced. It ends with an
    error only if Graph or the credential refuses it for the client's `refusal_timeout`. The
    iterator raises that error once and then ends. With handlers, those for `"error"` are called; if
    there are none, the error is logged.
    """

    def __init__(
        self,
        client: _native.Client,
        resource: Resource,
        *,
        wait_live: bool,
        stop_event: AsyncStopEvent | None,
    ) -> None:
        super().__init__(client, resource, wait_live=wait_live, stop_event=stop_event)
        self._entry: asyncio.Task[_native.Subscription] | None = None

    async def __aenter__(self) -> Self:
        """Subscribes. Cancelling the task ends the attempt."""
        self._check_enterable()
        if self._wait_live:
            self._native = await self._enter()
        else:
            loop = running_loop()
            self._native = self._native_client.subscribe_without_waiting(self._resource, loop)
        if self._closed:
            await self.aclose()
            raise closed_while_entering()
        self._pump_if_handlers_consume()
        self._opened()
        return self

    def _start_close(self) -> None:
        if self._entry is not None:
            self._entry.cancel()
        super()._start_close()

    async def _enter(self) -> _native.Subscription:
        loop = running_loop()
        self._entering = True
        # In a task of its own, so that closing can cancel an attempt that may never end.
        self._entry = loop.create_task(
            call(lambda loop, settle: self._native_client.subscribe(self._resource, loop, settle))
        )
        # If it fails while it is cancelled, asyncio must not report an unretrieved exception.
        self._entry.add_done_callback(lambda task: task.cancelled() or task.exception())
        waits: list[asyncio.Task[Any]] = [self._entry]
        if self._stop_event is not None:
            waits.append(loop.create_task(self._stop_event.wait()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if not self._entry.done():
                self._entry.cancel()
                raise stopped_while_entering()
            if self._entry.cancelled():
                raise closed_while_entering()
            return self._entry.result()
        except StateError:
            if self._closed:
                raise closed_while_entering() from None
            raise
        except asyncio.CancelledError:
            self._entry.cancel()
            raise
        finally:
            self._entering = False
            self._entry = None
            for stop in waits[1:]:
                stop.cancel()

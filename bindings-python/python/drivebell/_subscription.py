from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Self, TypeVar, overload

from . import _native
from ._calls import call
from ._consumer import Consumer, ConsumerBase, ErrorHandler, LifecycleHandler, NotificationHandler
from ._errors import StateError
from ._handlers import EventName, LifecycleName
from ._native import Resource
from ._stats import SubscriptionStats

SubscriptionState = Literal["acquiring", "opening", "backoff", "live", "renewing", "closed"]

N = TypeVar("N", bound=NotificationHandler)
L = TypeVar("L", bound=LifecycleHandler)
E = TypeVar("E", bound=ErrorHandler)


def closed_while_entering() -> StateError:
    return StateError("this subscription was closed while it was being entered")


class SubscriptionBase(ConsumerBase):
    """What the subscriptions of both faces, async and blocking, have in common."""

    def __init__(self, client: _native.Client, resource: Resource, *, wait_live: bool) -> None:
        super().__init__()
        self._client = client
        self._resource = resource
        self._wait_live = wait_live
        self._entering = False
        self._native: _native.Subscription | None = None

    @property
    def resource(self) -> Resource:
        """What is subscribed to."""
        return self._resource

    @property
    def state(self) -> SubscriptionState:
        """Where the session is at this moment, which its events may tell later.

        `"acquiring"`: asking Graph for an endpoint. `"opening"`: connecting to the notification
        server. `"backoff"`: waiting before the next attempt. `"live"`: changes are announced.
        `"renewing"`: live, and a connection to a new endpoint is being made beside it. `"closed"`:
        nothing is under way, because the session is over or was not entered yet. While entering
        waits, it is `"acquiring"`.
        """
        if self._native is not None:
            return self._native.state()
        return "acquiring" if self._entering else "closed"

    def stats(self) -> SubscriptionStats:
        """What the subscription has been through so far; nothing before it is entered."""
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
        """Calls `handler` for each event of that name; without a handler, a decorator.

        Events: `"notification"` (with a `Notification`); `"connected"`, `"disconnected"`,
        `"renewed"` and `"unavailable"` (with a `Lifecycle`); `"error"` (with the exception that
        ended the session, when notifications go to handlers). May be called before entering.

        Handlers are called in order and one at a time: on the event loop, where an async one is
        awaited before the next event; or, of `drivebell.sync`, by whoever iterates or runs. What
        one raises is logged with its traceback, and the session goes on.

        Raises `InvalidArgumentError` for an unknown event or a handler that is not callable, and
        `StateError` for a notification handler beside an iterator.
        """
        return self._add_handler(event, handler)

    def _check_enterable(self) -> None:
        if self._native is not None or self._entering:
            raise StateError("this subscription was entered before; subscribe again")
        if self._closed:
            raise StateError("this subscription is closed; subscribe again")

    def _native_or_none(self) -> _native.Subscription | None:
        return self._native

    def __repr__(self) -> str:
        entered = self._closed or self._native is not None or self._entering
        state = self.state if entered else "not entered"
        return f"<drivebell.Subscription {self._resource} {state}>"


class Subscription(SubscriptionBase, Consumer):
    """Notifications of one resource. Made by `Client.subscribe`, and entered with `async with`.

    It has one consumer of notifications: an iterator (`async for note in sub`), or handlers
    (`sub.on("notification", handler)`), never both and never two iterators; a second one raises
    `StateError`. Handlers of other events may stand beside either. Events wait in a bounded queue
    until the first consumer comes; when it is full, further notifications are merged into the last
    one waiting, whose `coalesced` counts them.

    It lives through whatever the service does: while there is no connection it makes a new one, and
    after each such time one notification of kind `"resync"` stands for what changed meanwhile and
    was announced to nobody. It ends with an error only when Graph, or the credential, refuses it
    and goes on refusing for the client's `refusal_timeout`. The iterator raises that error once and
    then ends; with handlers, those of `"error"` are called, and it is logged if there is none.
    """

    def __init__(self, client: _native.Client, resource: Resource, *, wait_live: bool) -> None:
        super().__init__(client, resource, wait_live=wait_live)
        self._entry: asyncio.Task[_native.Subscription] | None = None

    async def __aenter__(self) -> Self:
        """Subscribes. Cancelling gives the attempt up."""
        self._check_enterable()
        if self._wait_live:
            self._native = await self._enter()
        else:
            loop = asyncio.get_running_loop()
            self._native = self._client.subscribe_without_waiting(self._resource, loop)
        if self._closed:
            await self.aclose()
            raise closed_while_entering()
        self._pump_if_handlers_consume()
        return self

    def _start_close(self) -> None:
        if self._entry is not None:
            self._entry.cancel()
        super()._start_close()

    async def _enter(self) -> _native.Subscription:
        self._entering = True
        # In a task of its own, so that closing can give up what might go on for ever.
        self._entry = asyncio.get_running_loop().create_task(
            call(lambda loop, settle: self._client.subscribe(self._resource, loop, settle))
        )
        # One that fails while it is given up is not to be reported as unheard.
        self._entry.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await asyncio.wait([self._entry])
            if self._entry.cancelled():
                raise closed_while_entering()
            return self._entry.result()
        except asyncio.CancelledError:
            self._entry.cancel()
            raise
        finally:
            self._entering = False
            self._entry = None

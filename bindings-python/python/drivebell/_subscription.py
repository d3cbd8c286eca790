from __future__ import annotations

import asyncio
import contextlib
import weakref
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from . import _native
from ._calls import call
from ._errors import Error, StateError
from ._events import EventIterator, NotificationIterator
from ._handlers import EventName, Handlers, LifecycleName
from ._native import Lifecycle, Notification, Resource
from ._stats import SubscriptionStats

NotificationHandler = Callable[[Notification], object]
LifecycleHandler = Callable[[Lifecycle], object]
ErrorHandler = Callable[[BaseException], object]

SubscriptionState = Literal["acquiring", "opening", "backoff", "live", "renewing", "closed"]

N = TypeVar("N", bound=NotificationHandler)
L = TypeVar("L", bound=LifecycleHandler)
E = TypeVar("E", bound=ErrorHandler)


class Subscription:
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
        self._client = client
        self._resource = resource
        self._wait_live = wait_live
        self._entering: asyncio.Task[_native.Subscription] | None = None
        self._native: _native.Subscription | None = None
        self._closed = False
        self._handlers = Handlers()
        self._iterator: weakref.ref[EventIterator[Any]] | None = None
        self._pump: asyncio.Task[None] | None = None

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
        return "closed" if self._entering is None else "acquiring"

    def stats(self) -> SubscriptionStats:
        """What the subscription has been through so far; nothing before it is entered."""
        if self._native is None:
            return SubscriptionStats()
        return SubscriptionStats(*self._native.stats())

    async def __aenter__(self) -> Self:
        """Subscribes. Cancelling gives the attempt up."""
        if self._native is not None or self._entering is not None:
            raise StateError("this subscription was entered before; subscribe again")
        if self._closed:
            raise StateError("this subscription is closed; subscribe again")
        if self._wait_live:
            self._native = await self._enter()
        else:
            loop = asyncio.get_running_loop()
            self._native = self._client.subscribe_without_waiting(self._resource, loop)
        if self._closed:
            await self.aclose()
            raise StateError("this subscription was closed while it was being entered")
        if self._handlers.consume_notifications:
            self._start_pump()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __aiter__(self) -> AsyncIterator[Notification]:
        """The notifications as they come."""
        return self._iterate(NotificationIterator)

    def events(self) -> AsyncIterator[Notification | Lifecycle]:
        """The notifications and what happens to the session, in order."""
        return self._iterate(EventIterator)

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

        Handlers run on the event loop, in order and one at a time: an async one is awaited before
        the next event. What one raises is logged with its traceback, and the session goes on.

        Raises `InvalidArgumentError` for an unknown event or a handler that is not callable, and
        `StateError` for a notification handler beside an iterator.
        """
        self._handlers.check_event(event)
        if handler is None:
            return lambda decorated: self.on(event, decorated)
        self._handlers.check_handler(handler)
        if event == "notification" and self._live_iterator() is not None:
            raise StateError(
                "notifications are consumed by an iterator already; use either it or handlers"
            )
        self._handlers.add(event, handler)
        if self._native is not None and self._handlers.consume_notifications:
            self._start_pump()
        return handler

    async def aclose(self) -> None:
        """Says goodbye to the server and ends the iteration. Closing twice is fine."""
        self._start_close()
        if self._native is None:
            return
        # How it ended before is not this call's failure.
        with contextlib.suppress(Error):
            await self._wait_for_end(self._native)
        pump = self._pump
        # A handler that closes its own subscription must not cancel itself.
        if pump is not None and pump is not asyncio.current_task():
            pump.cancel()
            await asyncio.wait([pump])

    def _start_close(self) -> None:
        """Begins to close without waiting."""
        self._closed = True
        if self._entering is not None:
            self._entering.cancel()
        if self._native is not None:
            self._native.start_close()

    async def wait_closed(self) -> None:
        """Waits until the session is over; raises the error that ended it, if one did."""
        if self._native is None:
            if self._closed:
                return
            raise StateError("this subscription was not entered: use `async with`")
        await self._wait_for_end(self._native)

    def __repr__(self) -> str:
        entered = self._closed or self._native is not None or self._entering is not None
        state = self.state if entered else "not entered"
        return f"<drivebell.Subscription {self._resource} {state}>"

    async def _enter(self) -> _native.Subscription:
        # In a task of its own, so that closing can give up what might go on for ever.
        self._entering = asyncio.get_running_loop().create_task(
            call(lambda loop, settle: self._client.subscribe(self._resource, loop, settle))
        )
        # One that fails while it is given up is not to be reported as unheard.
        self._entering.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            await asyncio.wait([self._entering])
            if self._entering.cancelled():
                raise StateError("this subscription was closed while it was being entered")
            return self._entering.result()
        except asyncio.CancelledError:
            self._entering.cancel()
            raise
        finally:
            self._entering = None

    @staticmethod
    async def _wait_for_end(native: _native.Subscription) -> None:
        await call(native.closed)

    def _entered(self) -> _native.Subscription:
        if self._native is None:
            raise StateError("this subscription was not entered: use `async with`")
        return self._native

    def _live_iterator(self) -> EventIterator[Any] | None:
        return None if self._iterator is None else self._iterator()

    def _iterate(self, kind: type[EventIterator[Any]]) -> EventIterator[Any]:
        native = self._entered()
        if self._handlers.consume_notifications:
            raise StateError("notifications go to a handler already; use either it or an iterator")
        if self._live_iterator() is not None:
            raise StateError("there is an iterator of this subscription already; use that one")
        iterator = kind(native, self._handlers)
        # Weakly: a loop that was left has let go of its iterator, and another may follow.
        self._iterator = weakref.ref(iterator)
        return iterator

    def _start_pump(self) -> None:
        if self._pump is None:
            events: EventIterator[Notification | Lifecycle] = EventIterator(
                self._entered(), self._handlers
            )
            self._pump = asyncio.get_running_loop().create_task(self._handlers.pump(events))

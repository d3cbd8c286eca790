from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from . import _native
from ._calls import running_loop
from ._consumer import Consumer, ConsumerBase, ErrorHandler, LifecycleHandler, NotificationHandler
from ._errors import StateError
from ._handlers import LifecycleName
from ._members import C, client_of_member
from ._names import SubscriptionState
from ._native import Resource
from ._stats import SetStats, SubscriptionStats

if TYPE_CHECKING:
    # The one circle, of types only: a client makes a set, and a set accepts clients.
    from ._client import Client  # noqa: F401 - in quotes below

N = TypeVar("N", bound=NotificationHandler)
L = TypeVar("L", bound=LifecycleHandler)
E = TypeVar("E", bound=ErrorHandler)


class SubscriptionSetBase(ConsumerBase, Generic[C]):
    """What the async and the blocking set share."""

    _noun = "set of subscriptions"

    def __init__(self, client: C, resources: Sequence[Resource], stop_event: Any) -> None:
        super().__init__(client._native, stop_event, "ended")
        self._client = client
        self._resources = resources
        self._native: _native.SubscriptionSet | None = None

    def _enter(self) -> None:
        if self._native is not None:
            raise StateError("this set of subscriptions was entered before: subscribe again")
        if self._closed:
            raise StateError("this set of subscriptions is closed: subscribe again")
        self._native = _native.SubscriptionSet(self._client._native)
        for resource in self._resources:
            self.add(resource)
        self._opened()

    def add(self, resource: Resource, *, client: C | None = None) -> None:
        """Subscribes to one more resource, without waiting.

        `client` is the client of another user, created by `Client.with_credential`; by default, the
        client that created the set. Adding a member again changes nothing, unless its session has
        ended: then it starts again.

        Raises `InvalidArgumentError` if an argument is not a resource or not a client, and
        `StateError` if the client or the set is closed, or the set is not entered.
        """
        client = self._client_of(client, resource)
        self._entered().add(client._native, client, resource, self._event_loop())

    def remove(self, resource: Resource, *, client: C | None = None) -> bool:
        """Removes a member. Its session disconnects, and its events are dropped, also those that
        wait already. Returns False if it was not a member."""
        return self._entered().remove(self._client_of(client, resource)._native, resource)

    def state(self, resource: Resource, *, client: C | None = None) -> SubscriptionState | None:
        """The state of a member's session, as in `Subscription.state`; `None` if it is not a
        member."""
        return self._entered().state(self._client_of(client, resource)._native, resource)

    @overload
    def stats(self) -> SetStats: ...
    @overload
    def stats(self, resource: Resource, *, client: C | None = None) -> SubscriptionStats | None: ...

    def stats(
        self, resource: Resource | None = None, *, client: C | None = None
    ) -> SetStats | SubscriptionStats | None:
        """The totals of all members; or, with a resource, the counters of that member, and `None`
        if it is not one."""
        native = self._entered()
        if resource is None:
            return SetStats(*native.stats())
        fields = native.stats_of(self._client_of(client, resource)._native, resource)
        return None if fields is None else SubscriptionStats(*fields)

    def members(self) -> list[tuple[C, Resource]]:
        """The members, each as its client and resource, in no particular order."""
        return self._entered().members()  # type: ignore[return-value]  # all were added as C

    def __len__(self) -> int:
        """The number of members."""
        return 0 if self._native is None else len(self._native.members())

    def __bool__(self) -> bool:
        return True

    @overload
    def on(self, event: Literal["notification"]) -> Callable[[N], N]: ...
    @overload
    def on(self, event: Literal["notification"], handler: N) -> N: ...
    @overload
    def on(self, event: LifecycleName | Literal["ended"]) -> Callable[[L], L]: ...
    @overload
    def on(self, event: LifecycleName | Literal["ended"], handler: L) -> L: ...
    @overload
    def on(self, event: Literal["error"]) -> Callable[[E], E]: ...
    @overload
    def on(self, event: Literal["error"], handler: E) -> E: ...

    def on(self, event: str, handler: Any = None) -> Any:
        """Calls `handler` for each event of that name, as `Subscription.on` does.

        There is one more event: `"ended"`, with a `Lifecycle` whose `error` says why the session of
        a member ended.
        """
        return self._add_handler(event, handler)

    def __repr__(self) -> str:
        if self._native is None:
            return f"<drivebell.SubscriptionSet {'closed' if self._closed else 'not entered'}>"
        stats = self._native.stats()
        members, live = stats[6], stats[7]
        return f"<drivebell.SubscriptionSet members={members} live={live}>"

    def _native_or_none(self) -> _native.SubscriptionSet | None:
        return self._native

    def _entered(self) -> _native.SubscriptionSet:
        if self._native is None:
            raise StateError(f"this {self._noun} is not entered yet: use `{self._entered_by}`")
        return self._native

    def _client_of(self, client: C | None, resource: object) -> C:
        return client_of_member(self._client, client, resource)

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that calls credentials and wakes the consumer."""
        raise NotImplementedError


class SubscriptionSet(SubscriptionSetBase["Client"], Consumer):
    """Notifications of many resources, of one or many users, in one stream. Created by
    `Client.subscribe_all`; enter it with `async with`.

    A member is a resource of one user, with a session like that of a `Subscription`. Each event has
    the `resource` and the `client` of its member. If Graph or the credential refuses a member
    permanently, its session ends with an event of kind `"ended"`, and the others continue. It stays
    in the set, in state `"closed"`, until it is removed or added again. The iteration ends only
    when the set is closed, because members may be added at any time.

    As with a `Subscription`, one consumer gets the events: an iterator or handlers. Events wait in
    one bounded queue; when it is full, only events of the same member are merged.
    """

    async def __aenter__(self) -> Self:
        """Subscribes, without waiting until the members are live."""
        self._enter()
        self._pump_if_handlers_consume()
        return self

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return running_loop()

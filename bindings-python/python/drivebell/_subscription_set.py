from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, TypeVar, overload

from . import _native
from ._consumer import Consumer, ConsumerBase, ErrorHandler, LifecycleHandler, NotificationHandler
from ._errors import StateError, invalid
from ._handlers import LifecycleName
from ._native import Resource
from ._stats import SetStats, SubscriptionStats
from ._subscription import SubscriptionState

if TYPE_CHECKING:
    from ._client import Client  # noqa: F401 - in quotes below
    from ._client_base import ClientBase

N = TypeVar("N", bound=NotificationHandler)
L = TypeVar("L", bound=LifecycleHandler)
E = TypeVar("E", bound=ErrorHandler)
C = TypeVar("C", bound="ClientBase[Any]")


class SubscriptionSetBase(ConsumerBase, Generic[C]):
    """What the sets of both faces, async and blocking, have in common."""

    _noun = "set of subscriptions"

    def __init__(self, client: C, resources: Sequence[Resource]) -> None:
        super().__init__("ended")
        self._client = client
        self._resources = resources
        self._native: _native.SubscriptionSet | None = None

    def _enter(self) -> None:
        if self._native is not None:
            raise StateError("this set of subscriptions was entered before; subscribe again")
        if self._closed:
            raise StateError("this set of subscriptions is closed; subscribe again")
        self._native = _native.SubscriptionSet(self._client._native)
        for resource in self._resources:
            self.add(resource)

    def add(self, resource: Resource, *, client: C | None = None) -> None:
        """Adds a resource and subscribes to it, without waiting.

        `client` is that of another user, made by `Client.with_credential`; default the one that
        made the set. A resource that is there already for this user stays as it is, and one that
        has ended starts anew.

        Raises `InvalidArgumentError` for what is no resource or no client, and `StateError` if the
        client or the set is closed, or was not entered.
        """
        client = self._of(client, resource)
        client._check_open()
        native = self._entered()
        native.add(client._native, client, resource, self._event_loop())
        client._joined.add(self)

    def remove(self, resource: Resource, *, client: C | None = None) -> bool:
        """Removes a resource of this user: its session says goodbye, and nothing more is told of
        it, not even what waits. False if it was not there."""
        return self._entered().remove(self._of(client, resource)._native, resource)

    def state(self, resource: Resource, *, client: C | None = None) -> SubscriptionState | None:
        """Where the session of this resource and user is, as `Subscription.state`; `None` if it is
        not in the set."""
        return self._entered().state(self._of(client, resource)._native, resource)

    @overload
    def stats(self) -> SetStats: ...
    @overload
    def stats(self, resource: Resource, *, client: C | None = None) -> SubscriptionStats | None: ...

    def stats(
        self, resource: Resource | None = None, *, client: C | None = None
    ) -> SetStats | SubscriptionStats | None:
        """What those that are in the set have been through so far, in all; or one of them, `None`
        if it is not there."""
        native = self._entered()
        if resource is None:
            return SetStats(*native.stats())
        fields = native.stats_of(self._of(client, resource)._native, resource)
        return None if fields is None else SubscriptionStats(*fields)

    def members(self) -> list[tuple[C, Resource]]:
        """Whose and which resources are in the set, in no order."""
        return self._entered().members()  # type: ignore[return-value]  # each as it was added

    def __len__(self) -> int:
        """How many are in the set."""
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
        """Calls `handler` for each event of that name, as `Subscription.on` does; `"ended"` (with a
        `Lifecycle`) is one more: it tells of the end of one of them, and its `error` why."""
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
            raise StateError(f"this {self._noun} was not entered: use `{self._entered_by}`")
        return self._native

    def _of(self, client: C | None, resource: object) -> C:
        """Whose the resource is, if both are what they should be."""
        if not isinstance(resource, Resource):
            raise invalid("resource", f"a {type(resource).__name__} is not a drivebell.Resource")
        if client is None:
            return self._client
        if not isinstance(client, type(self._client)):
            raise invalid("client", f"a {type(client).__name__} is not a drivebell.Client")
        return client

    def _leave(self, client: C) -> None:
        """The client is closed: what it has added goes."""
        for owner, resource in self.members():
            if owner is client:
                self.remove(resource, client=client)

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        """Where credentials are asked and the consumer is woken."""
        raise NotImplementedError


class SubscriptionSet(SubscriptionSetBase["Client"], Consumer):
    """Notifications of many resources, of one user or of many, in one order. Made by
    `Client.subscribe_all`, and entered with `async with`.

    Each lives as a `Subscription` does. Every event tells its `resource`, and its `client`: the one
    whose user it is about. One that Graph, or the credential, refuses for good is over with an
    event of kind `"ended"`, and the others go on; it stays in the set, with the state `"closed"`,
    until it is removed or added again. The iteration ends when the set is closed, and not before,
    because others may be added at any time.

    There is one consumer, as of a `Subscription`: an iterator or handlers. Events wait in one
    bounded queue; when it is full, they merge with those of the same resource and user only.
    """

    async def __aenter__(self) -> Self:
        """Subscribes, and waits for nothing."""
        self._enter()
        self._pump_if_handlers_consume()
        return self

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

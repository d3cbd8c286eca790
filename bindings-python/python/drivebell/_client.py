from __future__ import annotations

import contextlib
import os
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from . import _native
from ._calls import call, running_loop
from ._changes import Changes
from ._changes_options import ChangesOptions
from ._changes_set import ChangesSet
from ._checkpoint_store import CheckpointStore
from ._client_base import ClientBase
from ._errors import Error
from ._items import Item_co
from ._mirror import Mirror
from ._mirror_options import MirrorOptions
from ._mirror_set import MirrorSet
from ._native import Endpoint, MemoryStore, Resource, SqliteStore
from ._shared_changes import SharedChanges
from ._shared_options import SharedOptions
from ._stop_event import AsyncStopEvent, check_stop_event
from ._store_calls import prepare as prepare_store
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet


class Client(ClientBase, ChangesOptions, MirrorOptions, SharedOptions):
    """Gets notification endpoints from Graph and subscribes to them.

    `credential` is an access token; a function that returns one, sync or async, which may take a
    `TokenRequest`; or a credential of azure-identity, sync or async. The token must be that of a
    signed-in user, with the delegated permission `Files.Read` or more: this API does not support
    application permissions. A fixed token is used until Graph refuses it. A token with an expiry
    (`AccessToken`, as from azure-identity, or what msal returns) is cached until shortly before it
    expires. For tokens without one, the client calls the credential before each Graph call. After a
    401 it calls it once more, with `TokenRequest.refresh` set. Only one call is under way at once.

    If a person may have to sign in, `await client.sign_in()` first. A credential that fails is
    called again later, unless it says no: docs/credentials.md tells which failure is which.

    `__init__` documents the options.

    Raises `InvalidArgumentError` for an invalid argument, before any traffic.
    """

    def _begin(self, native: _native.Client) -> None:
        super()._begin(native)
        self._consumers: weakref.WeakSet[Subscription | SubscriptionSet] = weakref.WeakSet()

    async def sign_in(self) -> None:
        """Gets an access token, and returns when there is one. Await it first if a person may have
        to sign in: what follows then finds a token. Where a person was asked before and did not
        sign in, only this asks again.

        The credential may take `sign_in_timeout` (15 minutes). Cancelling stops it.

        Raises `AuthenticationError`, or `TimeoutError`; with `retryable` set if it may pass.
        """
        self._native.check_open()
        await call(self._native.sign_in)

    async def endpoint(self, resource: Resource) -> Endpoint:
        """Gets the endpoint of the resource's notifications. Every call returns a new URL.

        Raises `AuthenticationError`, `AccessDeniedError`, `NotFoundError`, `ThrottledError`,
        `GraphError`, `ConnectionFailedError`, `TimeoutError` or `ProtocolError`.
        """
        self._check(resource)
        return await call(
            lambda loop, settle: self._native.endpoint(resource, loop, settle),
        )

    async def find_resource(self, text: str) -> Resource:
        """Finds the drive or list of an address in a browser: of a site, a library, a folder, a
        file, a list, or of a sharing link. It asks Graph's `shares` or `sites`. What
        `Resource.parse` reads (`/me/drive`) needs no request.

        Microsoft documents the permission `Files.ReadWrite` for `shares`, and `Sites.Read.All` for
        `sites`. A sharing link is not redeemed: the user must have access already.

        Raises `InvalidArgumentError`, by the name `resource`, for a text that is neither a path nor
        an address with `https://`, and the errors of `endpoint`, `NotFoundError` among them.
        """
        self._check_text(text)
        return await call(lambda loop, settle: self._native.find_resource(text, loop, settle))

    def subscribe(
        self,
        resource: Resource,
        *,
        wait_live: bool = True,
        stop_event: AsyncStopEvent | None = None,
    ) -> Subscription:
        """Creates a subscription; enter it with `async with client.subscribe(resource) as sub:`.

        Entering returns when the subscription is live: notifications arrive from then on, and
        temporary failures no longer end it. If attempts fail for `start_timeout`, entering raises
        the error of the last one. Errors that retrying cannot cure are raised at once: a
        credential that refuses, and 401, 403 and 404 from Graph. While a person signs in,
        `start_timeout` does not count. The errors are those of `endpoint`.

        With `wait_live=False`, entering returns at once, for a program that must start while the
        service is unavailable. Attempts continue without a limit; when the subscription is first
        live, a notification of kind `"resync"` stands for the changes until then. Only an error
        that retrying cannot cure ends the subscription.

        When `stop_event` is set, an `asyncio.Event`, loops and handlers end as if the subscription
        were closed, and entering raises `StateError`. It stays open until it is left.

        Handlers may be added before entering.
        """
        self._check(resource)
        subscription = Subscription(
            self._native, resource, wait_live=wait_live, stop_event=stop_event
        )
        self._consumers.add(subscription)
        return subscription

    def subscribe_all(
        self, resources: Iterable[Resource] = (), *, stop_event: AsyncStopEvent | None = None
    ) -> SubscriptionSet:
        """Subscribes to many resources in one stream; enter it with
        `async with client.subscribe_all(resources) as subs:`.

        `note.resource` is the resource of a notification, and `note.client` the client of its user.
        `subs.add` and `subs.remove` change the members at any time; `client=` names another user's
        client. Entering does not wait, as with `wait_live=False`: members become live one after the
        other, at `max_endpoint_calls_per_second`. An error that retrying cannot cure ends one
        member, with an event of kind `"ended"`; the others continue. A resource that is given twice
        is subscribed to once.

        When `stop_event` is set, an `asyncio.Event`, loops and handlers end as if the set were
        closed. Handlers may be added before entering. Raises `InvalidArgumentError` if an element
        is not a resource.
        """
        subscriptions = SubscriptionSet(self, self._check_all(resources), stop_event)
        self._consumers.add(subscriptions)
        return subscriptions

    def _changes(
        self,
        resource: Resource[Item_co],
        since: str,
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> Changes[Item_co]:
        self._check(resource)
        check_stop_event(stop_event)
        native = _native.Changes(self._native, resource, since, options, running_loop("changes()"))
        return Changes(native, resource, stop_event)

    def _changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        since: str | None,
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> ChangesSet[Item_co]:
        check_stop_event(stop_event)
        beginnings = self._beginnings(resources, since)
        loop = running_loop("changes_all()")
        native = _native.ChangesSet(self._native, self, beginnings, options, loop)
        return ChangesSet(native, self, stop_event)

    def _changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        since: str | None,
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> SharedChanges[Item_co]:
        check_stop_event(stop_event)
        beginnings = self._beginnings(drives, since)
        loop = running_loop("changes_shared()")
        prepared = prepare_store(store, loop)
        native = _native.SharedChanges(self._native, self, beginnings, prepared, options, loop)
        return SharedChanges(native, self, stop_event)

    def _mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> Mirror:
        self._check(resource)
        check_stop_event(stop_event)
        native = _native.Mirror(self._native, resource, file, options, running_loop("mirror()"))
        return Mirror(native, resource, stop_event)

    def _mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> MirrorSet:
        check_stop_event(stop_event)
        all_resources = self._check_all(resources)
        loop = running_loop("mirror_all()")
        native = _native.MirrorSet(self._native, self, all_resources, file, options, loop)
        return MirrorSet(native, self, stop_event)

    async def aclose(self) -> None:
        """Closes the subscriptions, streams of changes and mirrors of this client, and removes the
        members that it added to sets of other clients. Calls that are running raise `StateError`.
        Clients that `with_credential` created stay open. May be called more than once."""
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            await call(self._native.close)
        for consumer in list(self._consumers):
            await consumer._stop_handlers()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

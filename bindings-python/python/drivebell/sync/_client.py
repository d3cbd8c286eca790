from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self

from .. import _native
from .._client_base import ClientBase
from .._credential import Credential, PreparedCredential
from .._errors import Error
from .._items import Item_co
from .._native import Endpoint, MemoryStore, Resource, SqliteStore
from .._stop_event import StopEvent, check_blocking_stop_event
from ._changes import Changes
from ._changes_options import ChangesOptions
from ._changes_set import ChangesSet
from ._checkpoint_store import CheckpointStore
from ._checkpoint_store import prepare as prepare_store
from ._credential import prepare
from ._mirror import Mirror
from ._mirror_options import MirrorOptions
from ._mirror_set import MirrorSet
from ._shared_changes import SharedChanges
from ._shared_options import SharedOptions
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet
from ._waiting import INLINE_LOOP, BlockingCall, call


class Client(ClientBase, ChangesOptions, MirrorOptions, SharedOptions):
    """Gets notification endpoints from Graph and subscribes to them, with blocking calls.

    `credential` and the options are those of `drivebell.Client`. An async credential runs on an
    event loop of the package, in a daemon thread; it must not depend on another loop.

    Any thread may use a client. Raises `InvalidArgumentError` for an invalid argument, before any
    traffic.
    """

    def sign_in(self) -> None:
        """Like `drivebell.Client.sign_in`, with its errors."""
        self._native.check_open()
        BlockingCall(self._native.sign_in).result()

    def endpoint(self, resource: Resource) -> Endpoint:
        """Like `drivebell.Client.endpoint`, with its errors."""
        self._check(resource)
        endpoint_call: BlockingCall[Endpoint] = BlockingCall(
            lambda loop, settle: self._native.endpoint(resource, loop, settle)
        )
        return endpoint_call.result()

    def find_resource(self, text: str) -> Resource:
        """Like `drivebell.Client.find_resource`, with its errors."""
        self._check_text(text)
        finding: BlockingCall[Resource] = BlockingCall(
            lambda loop, settle: self._native.find_resource(text, loop, settle)
        )
        return finding.result()

    def subscribe(
        self, resource: Resource, *, wait_live: bool = True, stop_event: StopEvent | None = None
    ) -> Subscription:
        """Creates a subscription; enter it with `with client.subscribe(resource) as sub:`.

        Entering waits and raises as with `drivebell.Client.subscribe`. With `wait_live=False` it
        does not wait. When `stop_event` is set, a `threading.Event`, loops and `run` end within a
        tenth of a second as if the subscription were closed, and entering raises `StateError`. It
        stays open until it is left.
        """
        self._check(resource)
        return Subscription(self._native, resource, wait_live=wait_live, stop_event=stop_event)

    def subscribe_all(
        self, resources: Iterable[Resource] = (), *, stop_event: StopEvent | None = None
    ) -> SubscriptionSet:
        """Subscribes to many resources in one stream; enter it with
        `with client.subscribe_all(resources) as subs:`.

        Like `drivebell.Client.subscribe_all`. `stop_event` is that of `subscribe`.
        """
        return SubscriptionSet(self, self._check_all(resources), stop_event)

    def _changes(
        self,
        resource: Resource[Item_co],
        since: str,
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> Changes[Item_co]:
        self._check(resource)
        check_blocking_stop_event(stop_event)
        native = _native.Changes(self._native, resource, since, options, INLINE_LOOP)
        return Changes(native, resource, stop_event)

    def _changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        since: str | None,
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> ChangesSet[Item_co]:
        check_blocking_stop_event(stop_event)
        beginnings = self._beginnings(resources, since)
        native = _native.ChangesSet(self._native, self, beginnings, options, INLINE_LOOP)
        return ChangesSet(native, self, stop_event)

    def _changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        since: str | None,
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> SharedChanges[Item_co]:
        check_blocking_stop_event(stop_event)
        beginnings = self._beginnings(drives, since)
        prepared = prepare_store(store)
        native = _native.SharedChanges(
            self._native, self, beginnings, prepared, options, INLINE_LOOP
        )
        return SharedChanges(native, self, stop_event)

    def _mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> Mirror:
        self._check(resource)
        check_blocking_stop_event(stop_event)
        native = _native.Mirror(self._native, resource, file, options, INLINE_LOOP)
        return Mirror(native, resource, stop_event)

    def _mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> MirrorSet:
        check_blocking_stop_event(stop_event)
        all_resources = self._check_all(resources)
        native = _native.MirrorSet(self._native, self, all_resources, file, options, INLINE_LOOP)
        return MirrorSet(native, self, stop_event)

    def close(self) -> None:
        """Closes the subscriptions, streams of changes and mirrors of this client, and removes the
        members that it added to sets of other clients. Calls that are running raise `StateError`.
        Clients that `with_credential` created stay open. May be called more than once."""
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            call(self._native.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @staticmethod
    def _prepare(credential: Credential) -> str | PreparedCredential:
        return prepare(credential)

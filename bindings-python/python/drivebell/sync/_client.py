from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self, TypedDict, Unpack

from .. import _native
from .._changes_options import changes_options
from .._client_base import ClientBase
from .._credential import Ask, Credential
from .._native import Endpoint, Resource
from ._changes import Changes
from ._credential import prepare
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet
from ._waiting import DIRECTLY, Waiting


class ChangesOptions(TypedDict, total=False):
    """Of `Client.changes`."""

    select: Sequence[str] | None
    page_size: int | None
    prefer: Sequence[str] | None
    exclude_parents: bool | None
    live_timeout: float | None
    quiet_time: float | None
    max_delay: float | None
    lag_delays: Sequence[float] | None
    poll_interval: float | None
    safety_interval: float | None


class Client(ClientBase[Subscription | SubscriptionSet | Changes]):
    """Asks Graph for notification endpoints, and subscribes to them; its calls wait.

    `credential` and the options are those of `drivebell.Client`. What is async of a credential runs
    on an event loop in a thread of the package, which nothing waits for; so it must not be tied to
    a loop of the program's own.

    Any thread may use a client. Raises `InvalidArgumentError` for a bad argument, before any
    traffic.
    """

    def endpoint(self, resource: Resource) -> Endpoint:
        """As `drivebell.Client.endpoint`, with its errors."""
        self._check(resource)
        waiting: Waiting[Endpoint] = Waiting(
            lambda loop, settle: self._native.endpoint(resource, loop, settle)
        )
        return waiting.result()

    def subscribe(self, resource: Resource, *, wait_live: bool = True) -> Subscription:
        """A subscription, to be entered: `with client.subscribe(resource) as sub:`.

        Entering waits, and raises, as with `drivebell.Client.subscribe`; so does `wait_live=False`
        not wait.
        """
        self._check(resource)
        subscription = Subscription(self._native, resource, wait_live=wait_live)
        self._open.add(subscription)
        return subscription

    def subscribe_all(self, resources: Iterable[Resource] = ()) -> SubscriptionSet:
        """Subscriptions to many, in one stream and one order, to be entered:
        `with client.subscribe_all(resources) as subs:`. As `drivebell.Client.subscribe_all`."""
        subscriptions = SubscriptionSet(self, self._subscribed(resources))
        self._open.add(subscriptions)
        return subscriptions

    def changes(
        self, resource: Resource, *, since: str, **options: Unpack[ChangesOptions]
    ) -> Changes:
        """What changes: `for batch in client.changes(resource, since="start"):`.

        As `drivebell.Client.changes`, with its options and errors. It begins at once.
        """
        self._check(resource)
        given = changes_options(since, **options)
        native = _native.Changes(self._native, resource, since, given, DIRECTLY)
        changes = Changes(native, resource)
        self._open.add(changes)
        return changes

    def close(self) -> None:
        """Closes every subscription and every stream of changes of this client, and takes what it
        has added to the sets of others out of them. The clients that `with_credential` has made are
        left alone. Closing twice is fine."""
        for each in self._start_close():
            each.close()

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
    def _prepare(credential: Credential) -> str | Ask:
        return prepare(credential)

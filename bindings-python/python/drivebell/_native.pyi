from asyncio import AbstractEventLoop
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, final

from ._calls import Settle
from ._errors import Error

__version__: str
__all__ = [
    "Call",
    "Client",
    "Endpoint",
    "Lifecycle",
    "Notification",
    "Payload",
    "Resource",
    "Subscription",
    "TokenReply",
    "TokenRequest",
    "__version__",
]

@final
class Resource:
    """What is watched: a drive or a list, by one of the ways Graph has of naming it.

    Prefer `Resource.drive` where the drive's id is known: for SharePoint libraries `/me/drive`
    gives an endpoint that never notifies about the library. An id that is empty or contains `/`
    raises `InvalidArgumentError`. Resources with the same paths are equal.
    """

    @staticmethod
    def my_drive() -> Resource:
        """The signed-in user's own drive: `/me/drive`."""

    @staticmethod
    def drive(id: str) -> Resource:
        """A drive by its id: `/drives/{id}`."""

    @staticmethod
    def drive_list(id: str) -> Resource:
        """The SharePoint list behind a drive: `/drives/{id}/list`."""

    @staticmethod
    def group_drive(id: str) -> Resource:
        """The default drive of a Microsoft 365 group: `/groups/{id}/drive`."""

    @staticmethod
    def site_list_drive(site_id: str, list_id: str) -> Resource:
        """The drive of a document library: `/sites/{site_id}/lists/{list_id}/drive`."""

    @staticmethod
    def site_list(site_id: str, list_id: str) -> Resource:
        """A list that need not be a document library: `/sites/{site_id}/lists/{list_id}`."""

    @staticmethod
    def user_drive(id: str) -> Resource:
        """The drive of a user, by id or user principal name: `/users/{id}/drive`."""

    @staticmethod
    def site_drive(id: str) -> Resource:
        """The default document library of a site: `/sites/{id}/drive`."""

    @staticmethod
    def path(path: str, delta: str | None = None) -> Resource:
        """Any other path, relative to the API version and already percent-encoded.

        It starts with `/`, ends in `/subscriptions/socketIo` and holds no `?`, `#`, `..`, `//`,
        backslash or white space; `delta` keeps the same rules but for its ending.
        """

    @property
    def subscription_path(self) -> str:
        """The path of the endpoint request, relative to the API version."""

    @property
    def delta_path(self) -> str | None:
        """The path of the delta query, relative to the API version."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Endpoint:
    """The answer of Graph's "Get websocket endpoint". Its `repr` does not show the URL."""

    @property
    def id(self) -> str | None:
        """The subscription's id."""

    @property
    def notification_url(self) -> str:
        """The Socket.IO URL, for whoever brings another client. **A secret**: do not log it."""

    @property
    def host(self) -> str:
        """The host of the notification URL, which may be shown."""

    @property
    def expires_at(self) -> datetime:
        """When the URL stops working (UTC); one hour from the request where Graph gave no readable
        expiry."""

    @property
    def client_state(self) -> str | None:
        """`clientState`: the same for everybody, as far as is known."""

    @property
    def additional_data(self) -> dict[str, Any]:
        """The fields of the answer that have no attribute here, by their Graph names."""

@final
class Notification:
    """A hint that something changed in the resource; never what."""

    @property
    def kind(self) -> Literal["changed", "resync"]:
        """`"changed"`: the service says so. `"resync"`: something may have changed that it did not
        tell, or not in a readable way: look."""

    @property
    def resource(self) -> Resource:
        """What was subscribed to."""

    @property
    def payload(self) -> Payload | None:
        """What the service sent; `None` on a resync."""

    @property
    def coalesced(self) -> int:
        """How many further notifications were merged into this one because the consumer was
        behind; 0 as a rule."""

    @property
    def received_at(self) -> datetime:
        """When it arrived on this machine (UTC)."""

@final
class Payload:
    """What the service sent about one change. Each field is `None` if absent."""

    @property
    def subscription_id(self) -> str | None:
        """`subscriptionId`: the endpoint's id."""

    @property
    def client_state(self) -> str | None:
        """`clientState`."""

    @property
    def subscription_expires_at(self) -> datetime | None:
        """`expirationDateTime`: when the subscription ends (UTC)."""

    @property
    def tenant_id(self) -> str | None:
        """`tenantId`."""

    @property
    def site_url(self) -> str | None:
        """`siteUrl`: relative to the server, and may be `/`."""

    @property
    def web_id(self) -> str | None:
        """`webId`."""

    @property
    def list_id(self) -> str | None:
        """`resource`: the id of the list behind the drive, not of an item."""

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON object as it was sent, parsed at each access."""

@final
class Lifecycle:
    """What happened to the session behind a subscription."""

    @property
    def kind(self) -> Literal["connected", "disconnected", "renewed", "unavailable"]:
        """`"connected"`: from now on notifications arrive. `"disconnected"`: changes that happen
        from now on are not announced; a notification of kind `"resync"` will say when to look for
        them. `"renewed"`: a new endpoint has taken over from the one that was about to expire,
        without a gap. `"unavailable"`: an attempt to connect, or to renew, has failed; there will
        be another."""

    @property
    def reason(
        self,
    ) -> (
        Literal[
            "namespace_disconnect",
            "engine_close",
            "websocket_close",
            "connection_closed",
            "connection_reset",
            "heartbeat_timeout",
            "server_disconnect",
            "endpoint_expired",
            "protocol_error",
        ]
        | None
    ):
        """How the connection ended, on `"disconnected"`."""

    @property
    def message(self) -> str | None:
        """The same as a sentence."""

    @property
    def retry_after(self) -> float | None:
        """How many seconds the service asked to stay away when it ended the connection, if it
        did."""

    @property
    def retry_in(self) -> float | None:
        """In how many seconds the next attempt begins, on `"disconnected"` and `"unavailable"`;
        zero if one is under way."""

    @property
    def error(self) -> Error | None:
        """Why the attempt failed, on `"unavailable"`."""

    @property
    def coalesced(self) -> int:
        """How many earlier ones of its kind this one stands for, because the consumer was behind; 0
        as a rule."""

@final
class TokenRequest:
    """What a credential function is asked for."""

    @property
    def scopes(self) -> list[str]:
        """The OAuth scopes, as given to the client."""

    @property
    def refresh(self) -> bool:
        """Graph refused the token given last: a cached one will not do."""

    @property
    def claims(self) -> str | None:
        """The claims that Graph wants the new token to satisfy (Continuous Access Evaluation), as
        JSON to be handed to the identity library; as a rule `None`."""

@final
class TokenReply:
    def resolve(self, token: str, expires_on: float | None) -> None: ...
    def reject(self, error: BaseException) -> None: ...
    def on_given_up(self, callback: Callable[[], object]) -> None: ...
    def give_up(self) -> None: ...

@final
class Call:
    def cancel(self) -> None: ...

@final
class Client:
    def __new__(
        cls,
        credential: str | Callable[[TokenRequest, TokenReply], None],
        options: dict[str, object],
    ) -> Client: ...
    def endpoint(
        self, resource: Resource, event_loop: AbstractEventLoop, settle: Settle[Endpoint]
    ) -> Call: ...
    def subscribe(
        self, resource: Resource, event_loop: AbstractEventLoop, settle: Settle[Subscription]
    ) -> Call: ...
    def subscribe_without_waiting(
        self, resource: Resource, event_loop: AbstractEventLoop
    ) -> Subscription: ...

@final
class Subscription:
    def try_next(self) -> Notification | Lifecycle | None: ...
    def arm(self, event_loop: AbstractEventLoop, wake: Callable[[], None]) -> bool: ...
    def state(
        self,
    ) -> Literal["acquiring", "opening", "backoff", "live", "renewing", "closed"]: ...
    def stats(self) -> tuple[int, int, int, int, datetime | None, int]: ...
    def start_close(self) -> None: ...
    def closed(self, event_loop: AbstractEventLoop, settle: Settle[None]) -> Call: ...

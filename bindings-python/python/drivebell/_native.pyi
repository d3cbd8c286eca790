from asyncio import AbstractEventLoop
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, final

from ._calls import Settle
from ._client import Client as _Client
from ._client_base import ClientBase as _ClientBase
from ._errors import Error
from .sync import Client as _SyncClient

__version__: str
__all__ = [
    "Call",
    "ChangeBatch",
    "Changes",
    "Client",
    "DriveItem",
    "Endpoint",
    "Hashes",
    "Identity",
    "Lifecycle",
    "ListItem",
    "Notification",
    "Payload",
    "RemoteItem",
    "Resource",
    "Subscription",
    "SubscriptionSet",
    "TokenReply",
    "TokenRequest",
    "__version__",
    "run_command_line",
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
    def client(self) -> _Client | _SyncClient | None:
        """Whose user it is about, of `Client.subscribe_all`; `None` of `Client.subscribe`."""

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
    def kind(self) -> Literal["connected", "disconnected", "renewed", "unavailable", "ended"]:
        """`"connected"`: from now on notifications arrive. `"disconnected"`: changes that happen
        from now on are not announced; a notification of kind `"resync"` will say when to look for
        them. `"renewed"`: a new endpoint has taken over from the one that was about to expire,
        without a gap. `"unavailable"`: an attempt to connect, or to renew, has failed; there will
        be another. `"ended"`, of `Client.subscribe_all` alone: it is over, and the others go on."""

    @property
    def resource(self) -> Resource:
        """What was subscribed to."""

    @property
    def client(self) -> _Client | _SyncClient | None:
        """Whose user it is about, of `Client.subscribe_all`; `None` of `Client.subscribe`."""

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
        """Why the attempt failed, on `"unavailable"`; what ended it, on `"ended"`."""

    @property
    def coalesced(self) -> int:
        """How many earlier ones of its kind this one stands for, because the consumer was behind; 0
        as a rule."""

@final
class ChangeBatch:
    """Items that changed, and the checkpoint behind them.

    **At least once**: store the checkpoint after the items, or together with them; after a restart
    from it, the same items may come again, and none is left out.

    **Mark and sweep**: mark every row with the `snapshot` of the batch that brought it last, and
    when a batch is `caught_up` and has a snapshot, remove the rows with an older mark or none: they
    went while nobody could be told of it. Snapshots sort as texts.
    """

    @property
    def items(self) -> tuple[DriveItem | ListItem, ...]:
        """What changed, each in its latest state and at most once: `ListItem` for resources whose
        delta query is of list items, else `DriveItem`. Of an item that comes in several batches,
        the last state stands. The objects are made when this is first read."""

    @property
    def checkpoint(self) -> str:
        """Where to go on from once the items are processed, as `since`: an opaque text."""

    @property
    def trigger(self) -> Literal["start", "hint", "resync", "poll", "safety", "lag"]:
        """What caused the look. `"start"`: the stream has begun. `"hint"`: the service said that
        something changed. `"resync"`: something may have changed while nobody could be told.
        `"poll"`: the subscription is not live. `"safety"`: nothing was announced for
        `safety_interval`. `"lag"`: an earlier look may not have found all that was announced."""

    @property
    def caught_up(self) -> bool:
        """Everything that Graph knew of was told."""

    @property
    def snapshot(self) -> str | None:
        """The enumeration that the items belong to; `None` for a stream that began at `"now"` and
        never had to enumerate."""

    @property
    def resync_code(self) -> str | None:
        """Graph had lost track and made the stream enumerate anew (HTTP 410): its code, on the
        first batch of the new snapshot. `resyncChangesApplyDifferences`: what is missing from the
        new enumeration was deleted. `resyncChangesUploadDifferences`: it may be that Graph has lost
        it, and a program that keeps copies should compare them before it removes anything."""

@final
class DriveItem:
    """A file or a folder, as Graph's delta query tells of it: its latest state.

    What is not given is `None`, or False: of a deleted item most is. Fields are converted when they
    are read, and everything is in `raw`.
    """

    @property
    def id(self) -> str:
        """Unique in its drive, and the same wherever the item goes."""

    @property
    def name(self) -> str | None:
        """The name, without a path."""

    @property
    def parent_id(self) -> str | None:
        """The id of the folder it is in; `None` for the root. Graph gives no path here."""

    @property
    def drive_id(self) -> str | None:
        """The id of its drive."""

    @property
    def size(self) -> int | None:
        """In bytes; of a folder, with all that is in it."""

    @property
    def is_file(self) -> bool:
        """It is a file."""

    @property
    def is_folder(self) -> bool:
        """It is a folder."""

    @property
    def is_package(self) -> bool:
        """It is treated as one thing although it holds several, like a notebook."""

    @property
    def is_root(self) -> bool:
        """It is the drive's root."""

    @property
    def mime_type(self) -> str | None:
        """A file's media type."""

    @property
    def child_count(self) -> int | None:
        """How many items a folder holds."""

    @property
    def hashes(self) -> Hashes:
        """A file's hashes."""

    @property
    def etag(self) -> str | None:
        """Changes with the item or anything about it."""

    @property
    def ctag(self) -> str | None:
        """Changes with the content."""

    @property
    def created_at(self) -> datetime | None:
        """When it was created (UTC)."""

    @property
    def modified_at(self) -> datetime | None:
        """When it was last changed (UTC)."""

    @property
    def created_by(self) -> Identity | None:
        """Who created it."""

    @property
    def modified_by(self) -> Identity | None:
        """Who last changed it."""

    @property
    def deleted(self) -> bool:
        """It is gone."""

    @property
    def shared(self) -> bool:
        """It is shared with others."""

    @property
    def remote_item(self) -> RemoteItem | None:
        """What it stands for in another drive."""

    @property
    def web_url(self) -> str | None:
        """Where it is shown in a browser."""

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON object as Graph sent it, parsed at each access."""

@final
class ListItem:
    """A row of a SharePoint list, as Graph's delta query tells of it: its latest state.

    What is not given is `None`. Fields are converted when they are read, and everything is in
    `raw`.
    """

    @property
    def id(self) -> str:
        """Unique in its list."""

    @property
    def name(self) -> str | None:
        """The name."""

    @property
    def etag(self) -> str | None:
        """Changes with the item or anything about it."""

    @property
    def content_type(self) -> str | None:
        """The name of its content type."""

    @property
    def site_id(self) -> str | None:
        """The site it belongs to."""

    @property
    def created_at(self) -> datetime | None:
        """When it was created (UTC)."""

    @property
    def modified_at(self) -> datetime | None:
        """When it was last changed (UTC)."""

    @property
    def created_by(self) -> Identity | None:
        """Who created it."""

    @property
    def modified_by(self) -> Identity | None:
        """Who last changed it."""

    @property
    def deleted(self) -> bool:
        """It is gone."""

    @property
    def web_url(self) -> str | None:
        """Where it is shown in a browser."""

    @property
    def fields(self) -> dict[str, Any] | None:
        """Its columns, where Graph gives them, parsed at each access."""

    @property
    def raw(self) -> dict[str, Any]:
        """The JSON object as Graph sent it, parsed at each access."""

@final
class Identity:
    """Who did something: a user, an application or a device. Each field is `None` if absent."""

    @property
    def id(self) -> str | None:
        """The id."""

    @property
    def display_name(self) -> str | None:
        """The name to show."""

    @property
    def email(self) -> str | None:
        """The address, where Graph gives one."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Hashes:
    """Hashes of a file's content; which there are depends on the kind of the drive."""

    @property
    def quick_xor(self) -> str | None:
        """`quickXorHash`, in base64."""

    @property
    def sha1(self) -> str | None:
        """`sha1Hash`, in hexadecimal."""

    @property
    def sha256(self) -> str | None:
        """`sha256Hash`, in hexadecimal."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class RemoteItem:
    """The item of another drive that one stands for. Each field is `None` if absent."""

    @property
    def id(self) -> str | None:
        """Its id there."""

    @property
    def drive_id(self) -> str | None:
        """That drive's id."""

    @property
    def name(self) -> str | None:
        """Its name there."""

    def __eq__(self, other: object, /) -> bool: ...
    def __ne__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

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

def run_command_line(arguments: list[str]) -> int: ...

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
    def with_credential(
        self, credential: str | Callable[[TokenRequest, TokenReply], None]
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
class Changes:
    def __new__(
        cls,
        client: Client,
        resource: Resource,
        since: str,
        options: dict[str, object],
        event_loop: AbstractEventLoop,
    ) -> Changes: ...
    def try_next(self) -> ChangeBatch | None: ...
    def arm(self, event_loop: AbstractEventLoop, wake: Callable[[], None]) -> bool: ...
    def start_close(self) -> None: ...
    def closed(self, event_loop: AbstractEventLoop, settle: Settle[None]) -> Call: ...

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

@final
class SubscriptionSet:
    def __new__(cls, client: Client) -> SubscriptionSet: ...
    def add(
        self,
        client: Client,
        face: _ClientBase[Any],
        resource: Resource,
        event_loop: AbstractEventLoop,
    ) -> None: ...
    def remove(self, client: Client, resource: Resource) -> bool: ...
    def try_next(self) -> Notification | Lifecycle | None: ...
    def arm(self, event_loop: AbstractEventLoop, wake: Callable[[], None]) -> bool: ...
    def state(
        self, client: Client, resource: Resource
    ) -> Literal["acquiring", "opening", "backoff", "live", "renewing", "closed"] | None: ...
    def stats_of(
        self, client: Client, resource: Resource
    ) -> tuple[int, int, int, int, datetime | None, int] | None: ...
    def stats(self) -> tuple[int, int, int, int, datetime | None, int, int, int, int]: ...
    def members(self) -> list[tuple[_ClientBase[Any], Resource]]: ...
    def start_close(self) -> None: ...
    def closed(self, event_loop: AbstractEventLoop, settle: Settle[None]) -> Call: ...

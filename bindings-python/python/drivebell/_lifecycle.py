"""What a session goes through: a class for each kind of event."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, ClassVar

from ._errors import Error
from ._names import DisconnectReason, LifecycleKind
from ._native import Resource
from ._pydantic import schema

_OF_SOME_KINDS = ("reason", "message", "retry_after", "retry_in", "error", "help_url")


@dataclass(frozen=True, repr=False)
class Lifecycle:
    """A change in the session behind a subscription or a stream of changes, such as a lost
    connection. Each kind is a class of its own:

        match event:
            case drivebell.Disconnected(reason=reason, retry_in=retry_in):
                print("offline:", reason, "next attempt in", retry_in, "s")
            case drivebell.Unavailable(error=error):
                print("still offline:", error)

    - `kind`: the name of the kind, such as `"disconnected"`.
    - `resource`: the resource that it is about.
    - `client`: the client that subscribed to the resource, and so the user, in a stream of many;
      `None` in that of one resource, and in a copy in another process.
    - `label`: the label of that client; `None` if it has none.
    - `coalesced`: how many earlier events of this kind were merged into this one because the
      consumer was slow; usually 0.

    `reason`, `message`, `retry_after`, `retry_in`, `error` and `help_url` are `None` where a kind
    has none. Events are equal if everything that they tell is, and their `client` is the same.
    Tests make them by hand: `Disconnected(resource, reason="deaf", retry_in=0.5)`.
    """

    kind: ClassVar[LifecycleKind]
    resource: Resource
    # A `Client` or a `sync.Client`, as the stream is: nothing tells type checkers which.
    client: Any = field(default=None, kw_only=True)
    label: str | None = field(default=None, kw_only=True)
    coalesced: int = field(default=0, kw_only=True)

    if TYPE_CHECKING:
        # The kinds that have one declare it again.
        @property
        def reason(self) -> DisconnectReason | None: ...
        @property
        def message(self) -> str | None: ...
        @property
        def retry_after(self) -> float | None: ...
        @property
        def retry_in(self) -> float | None: ...
        @property
        def error(self) -> Error | None: ...
        @property
        def help_url(self) -> str | None: ...

    else:

        def __getattr__(self, name: str) -> None:
            if name not in _OF_SOME_KINDS:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def to_dict(self) -> dict[str, Any]:
        """All fields but the `client`, as a dictionary that JSON knows. The `error` is its message,
        and `help_url` the address of the page about it."""
        values = {"kind": self.kind, **self.__getstate__()}
        del values["client"]
        values["resource"] = str(self.resource)
        if self.error is not None:
            values["error"] = self.error.message
            values["help_url"] = self.error.help_url
        return values

    @classmethod
    def __get_pydantic_core_schema__(cls, *_arguments: object) -> Any:
        return schema(cls)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "client": None}

    def __repr__(self) -> str:
        told = [repr(self.resource)]
        for item in fields(self):
            value = getattr(self, item.name)
            if item.repr and item.name not in {"resource", "client"} and value != item.default:
                told.append(f"{item.name}={value!r}")
        return f"{type(self).__name__}({', '.join(told)})"


@dataclass(frozen=True, repr=False)
class Connected(Lifecycle):
    """From now on, notifications arrive."""

    kind: ClassVar[LifecycleKind] = "connected"


@dataclass(frozen=True, repr=False)
class Disconnected(Lifecycle):
    """The connection ended. The service announces nothing until the session is connected again;
    then a notification of kind `"resync"` follows.

    - `reason`: why the connection ended.
        - `"namespace_disconnect"`: the server disconnected the client from the namespace (Socket.IO
          packet `41`).
        - `"engine_close"`: the server closed the Engine.IO session (packet `1`).
        - `"websocket_close"`: the server sent a WebSocket close frame.
        - `"connection_closed"`: the stream ended without a close frame.
        - `"connection_reset"`: the TCP connection was reset, or failed in another way.
        - `"heartbeat_timeout"`: nothing arrived for `pingInterval` + `pingTimeout`, or the server
          no longer reads.
        - `"server_disconnect"`: the service announced the end with an event of that name.
        - `"endpoint_expired"`: the endpoint expired before a new one could replace it.
        - `"deaf"`: a delta query found a change that was minutes old, and that no notification had
          announced although the connection counted as live. Only of `Client.changes`.
        - `"protocol_error"`: the server sent what the protocol does not allow, or a message over
          the size limit.
    - `message`: the reason as a sentence.
    - `retry_in`: in how many seconds the next attempt starts; zero if it is running.
    - `retry_after`: how many seconds the client must wait, if the service requested a pause when it
      ended the connection.
    - `help_url`: the address of the page about the reason.
    """

    kind: ClassVar[LifecycleKind] = "disconnected"
    reason: DisconnectReason = field(kw_only=True)
    retry_in: float = field(kw_only=True)
    message: str = field(default="", kw_only=True, repr=False)
    retry_after: float | None = field(default=None, kw_only=True)
    help_url: str | None = field(default=None, kw_only=True, repr=False)


@dataclass(frozen=True, repr=False)
class SigningIn(Lifecycle):
    """A person is asked to sign in, and the subscription waits for that."""

    kind: ClassVar[LifecycleKind] = "signing_in"


@dataclass(frozen=True, repr=False)
class Renewed(Lifecycle):
    """A new endpoint replaced one that was about to expire, without a gap."""

    kind: ClassVar[LifecycleKind] = "renewed"


@dataclass(frozen=True, repr=False)
class _Failed(Lifecycle):
    error: Error = field(kw_only=True)
    retry_in: float = field(kw_only=True)

    @property
    def help_url(self) -> str | None:
        """The address of the page about the error."""
        return self.error.help_url


@dataclass(frozen=True, repr=False)
class Unavailable(_Failed):
    """An attempt to connect or to renew failed; another one follows.

    - `error`: why it failed.
    - `retry_in`: in how many seconds the next attempt starts; zero if it is running.
    """

    kind: ClassVar[LifecycleKind] = "unavailable"


@dataclass(frozen=True, repr=False)
class QueryFailed(_Failed):
    """A delta query failed; another attempt follows. Only of `Client.changes`.

    - `error`: why it failed.
    - `retry_in`: in how many seconds the next attempt starts; zero if it is running.
    """

    kind: ClassVar[LifecycleKind] = "query_failed"


@dataclass(frozen=True, repr=False)
class PushRefused(_Failed):
    """Graph serves delta queries, but no notifications. The stream polls, and subscribes again
    later. Only of `Client.changes`, once for each refusal.

    - `error`: why it was refused.
    - `retry_in`: in how many seconds the next attempt starts; zero if it is running.
    """

    kind: ClassVar[LifecycleKind] = "push_refused"


@dataclass(frozen=True, repr=False)
class Ended(Lifecycle):
    """The session of one resource ended for good; the others continue. Only of
    `Client.subscribe_all`. Or the stream of `Client.changes` ended with an error.

    - `error`: why it ended.
    """

    kind: ClassVar[LifecycleKind] = "ended"
    error: Error = field(kw_only=True)

    @property
    def help_url(self) -> str | None:
        """The address of the page about the error."""
        return self.error.help_url


_KINDS = (
    Connected,
    Disconnected,
    SigningIn,
    Renewed,
    Unavailable,
    QueryFailed,
    PushRefused,
    Ended,
)
KINDS: dict[str, type[Lifecycle]] = {event.kind: event for event in _KINDS}


def from_parts(kind: str, resource: Resource, **parts: object) -> Lifecycle | None:
    """The event for one of the core; `None` for a kind that is not known here. The bridge calls
    this."""
    event = KINDS.get(kind)
    return None if event is None else event(resource, **parts)  # type: ignore[arg-type]

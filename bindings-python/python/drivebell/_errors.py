"""The exceptions. All of them derive from `Error`, so `except drivebell.Error` catches each."""

import builtins
from typing import ClassVar

from ._names import HELP_URLS


class Error(Exception):
    """An operation failed. The text says what happened, what it means and what to do, and ends with
    the address of a page that says more.

    - `message`: the text without that address.
    - `help_url`: the address of the page: what one sees, why it happens, and what to do.
    - `retryable`: whether the same call may succeed later, without a change by the caller.
    - `status`: the HTTP status of Graph's error response; `None` if there was none.
    - `code`: Graph's error code, if it sent one; on a `StorageError`, what is wrong with the file.
    - `request_id`: Graph's `request-id`, which Microsoft's support asks for.
    - `client_request_id`: the `client-request-id` that the request carried.
    - `retry_after`: how many seconds to wait before the next attempt, as the service requests.
    - `reason`: why there was no connection or no answer, such as `"connection_refused"`,
      `"host_not_found"` or `"certificate_expired"`: docs/observability.md has all of them. Then
      `__cause__` is the exception that Python's own libraries raise for it: an `OSError` such as
      `ConnectionRefusedError`, `socket.gaierror` or `ssl.SSLCertVerificationError`. Or why the
      connection ended before it was live, by the names of `Lifecycle.reason`.
    - `host`: what could not be reached, or ended the connection: the service, or a proxy.
    - `port`: the port of that host.
    - `label`: the `label` of the client. The message begins with it.
    - `argument`: the name of the invalid argument, on an `InvalidArgumentError`.
    """

    _kind: ClassVar[str] = ""

    def __init__(
        self,
        message: str = "",
        *,
        retryable: bool = False,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        client_request_id: str | None = None,
        retry_after: float | None = None,
        reason: str | None = None,
        host: str | None = None,
        port: int | None = None,
        label: str | None = None,
        argument: str | None = None,
        help_url: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable
        self.status = status
        self.code = code
        self.request_id = request_id
        self.client_request_id = client_request_id
        self.retry_after = retry_after
        self.reason = reason
        self.host = host
        self.port = port
        self.label = label
        self.argument = argument
        self.help_url = HELP_URLS.get(self._kind) if help_url is None else help_url

    def __str__(self) -> str:
        """The message, and where to read more."""
        return self.message if self.help_url is None else f"{self.message}; see {self.help_url}"


class SignInRequired(Error):  # noqa: N818 - a reason to raise, not an error of drivebell
    """Raise this in a credential function if a person must sign in: no later call can help before.

    Every other exception counts as an outage, unless it holds a refusal of the identity service.
    """


class GraphError(Error):
    """Microsoft Graph refused a request; see `status` and `code`."""

    _kind = "graph"


class AuthenticationError(GraphError):
    """There is no usable token: Graph responded with 401, or the credential failed. In the second
    case its exception is the `__cause__`, and `retryable` tells an outage from a refusal."""

    _kind = "authentication"


class AccessDeniedError(GraphError):
    """Graph responded with 403: the token lacks a permission, or this API does not accept its
    kind."""

    _kind = "access_denied"


class NotFoundError(GraphError):
    """Graph responded with 404: for this token there is no such drive, list, site, group or
    user."""

    _kind = "not_found"


class ThrottledError(GraphError):
    """Graph is throttling this client; retry after `retry_after` seconds."""

    _kind = "throttled"


class ConnectionFailedError(Error, ConnectionError):
    """A connection could not be opened, or it ended; `reason` says why, and `host` and `port`
    where. It is a `ConnectionError` too."""

    _kind = "connection_failed"


class TimeoutError(Error, builtins.TimeoutError):  # noqa: A001 - asyncio has such a name too
    """An operation took longer than its `timeout`, or the option for it, allows. It is Python's own
    `TimeoutError` too, which is that of `asyncio`."""

    _kind = "timeout"


class ProtocolError(Error):
    """The server sent what its protocol does not allow."""

    _kind = "protocol"


class StateError(Error):
    """The object cannot do this in its state: it is closed, has another consumer, or was created
    before the process forked."""

    _kind = "state"


class StorageError(Error):
    """The file of a mirror cannot be used. `code` says why.

    - `"disk_full"`: the disk is full.
    - `"read_only"`: the program may not write the file, or not write in its folder.
    - `"not_a_mirror"`: it is a file of another program.
    - `"newer_version"`: a newer version of drivebell has made it.
    - `"other_drive"`: it is the mirror of another drive.
    - `"locked"`: another process has it open.
    - `"damaged"`: it is damaged.
    - `"inaccessible"`: it cannot be opened for another reason, such as a missing folder.
    """

    _kind = "storage"


class InvalidArgumentError(Error, ValueError):
    """An argument is invalid; `argument` is its name."""

    _kind = "invalid_argument"


# By the kinds of the core. The bridge makes its exceptions of these classes.
BY_KIND: dict[str, type[Error]] = {
    error._kind: error
    for error in (
        Error,
        AuthenticationError,
        AccessDeniedError,
        NotFoundError,
        ThrottledError,
        GraphError,
        ConnectionFailedError,
        TimeoutError,
        ProtocolError,
        StateError,
        StorageError,
        InvalidArgumentError,
    )
}

# A traceback names them as programs catch them. Annotations in this file are no texts, which would
# be looked up there.
for _error in BY_KIND.values():
    _error.__module__ = "drivebell"


def invalid(argument: str, problem: str) -> InvalidArgumentError:
    """The error for an argument whose Python type or value is wrong."""
    return InvalidArgumentError(f"{argument}: {problem}", argument=argument)

"""The exceptions. Every one derives from `Error`, so `except drivebell.Error` catches them all."""

from __future__ import annotations


class Error(Exception):
    """Something went wrong; the text says what, what it means and what to do."""

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
        argument: str | None = None,
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        """Whether the same call may succeed later without any change by the caller."""
        self.status = status
        """The HTTP status that refused, if one did."""
        self.code = code
        """Graph's error code, if it sent one."""
        self.request_id = request_id
        """Graph's `request-id`, which Microsoft's support asks for."""
        self.client_request_id = client_request_id
        """The `client-request-id` that went out with the request."""
        self.retry_after = retry_after
        """How many seconds the service asks to wait before the next attempt."""
        self.reason = reason
        """How the connection ended, if there was one; the names are those of `Lifecycle.reason`."""
        self.argument = argument
        """The name of the argument that was refused, on an `InvalidArgumentError`."""


class GraphError(Error):
    """Microsoft Graph refused a request; `status` and `code` tell how."""


class AuthenticationError(GraphError):
    """No usable token: Graph answered 401, or the credential failed (then it is the cause)."""


class AccessDeniedError(GraphError):
    """Graph answered 403: the token lacks a permission, or is of a kind that this API refuses."""


class NotFoundError(GraphError):
    """Graph answered 404: no such drive, list, site, group or user for this token."""


class ThrottledError(GraphError):
    """Graph asked for a pause of `retry_after` seconds."""


class ConnectionFailedError(Error):
    """No connection could be made, or the one there was has ended (`reason` tells how)."""


class TimeoutError(Error):  # noqa: A001 - the name in the library's namespace, as in asyncio
    """Something took longer than its option allows."""


class ProtocolError(Error):
    """The other side sent what its protocol does not allow."""


class StateError(Error):
    """The object is not in a state for this call: closed, consumed by another, or forked."""


class InvalidArgumentError(Error, ValueError):
    """An argument of the call cannot be right; `argument` names it."""


_BY_KIND: dict[str, type[Error]] = {
    "authentication": AuthenticationError,
    "access_denied": AccessDeniedError,
    "not_found": NotFoundError,
    "throttled": ThrottledError,
    "graph": GraphError,
    "connection_failed": ConnectionFailedError,
    "timeout": TimeoutError,
    "protocol": ProtocolError,
    "state": StateError,
    "invalid_argument": InvalidArgumentError,
}


def from_parts(
    kind: str,
    message: str,
    *,
    retryable: bool,
    status: int | None,
    code: str | None,
    request_id: str | None,
    client_request_id: str | None,
    retry_after: float | None,
    reason: str | None,
    argument: str | None,
) -> Error:
    """The exception for an error of the core, which calls this."""
    return _BY_KIND.get(kind, Error)(
        message,
        retryable=retryable,
        status=status,
        code=code,
        request_id=request_id,
        client_request_id=client_request_id,
        retry_after=retry_after,
        reason=reason,
        argument=argument,
    )


def invalid(argument: str, problem: str) -> InvalidArgumentError:
    """The error for an argument that is wrong by its Python type."""
    return InvalidArgumentError(f"{argument}: {problem}", argument=argument)

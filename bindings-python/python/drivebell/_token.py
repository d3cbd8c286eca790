"""What credentials may return, and the parts of it that the client needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol


class TokenLike(Protocol):
    """A token with its expiry, such as `drivebell.AccessToken` and those of azure-identity."""

    @property
    def token(self) -> str:
        """The token itself, without `Bearer `."""

    @property
    def expires_on(self) -> float:
        """When the token expires, in seconds since 1970."""


class UnusableTokenError(TypeError):
    """A credential returned something that is no token. The message does not show it."""


class IdentityServiceError(Exception):
    """The identity service answered with an error, which msal returns as a dict.

    - `error`: its OAuth error code, such as `invalid_grant`.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description or error)
        self.error = error


class TokenParts(NamedTuple):
    """The arguments of `TokenReply.resolve`. Times are in seconds since 1970."""

    token: str
    expires_on: float | None = None
    refresh_on: float | None = None


def token_parts(result: object) -> TokenParts:
    """Reads what a credential returned.

    Raises `UnusableTokenError`, and `IdentityServiceError` for an error of msal.
    """
    if isinstance(result, str):
        return TokenParts(result)
    if result is None:
        raise UnusableTokenError(
            "it returned None. If that came from msal's acquire_token_silent, nobody is signed in"
        )
    if isinstance(result, Mapping):
        return _of_oauth_response(result)
    token = getattr(result, "token", None)
    if not isinstance(token, str):
        raise UnusableTokenError(f"it returned a {type(result).__name__}, not a token")
    return TokenParts(
        token,
        _seconds(getattr(result, "expires_on", None), "expires_on"),
        _seconds(getattr(result, "refresh_on", None), "refresh_on"),
    )


def _of_oauth_response(response: Mapping[Any, Any]) -> TokenParts:
    """Reads msal's dict, which is the response of the token endpoint (RFC 6749, section 5)."""
    token = response.get("access_token")
    if isinstance(token, str):
        now = time.time()
        return TokenParts(
            token,
            _from_now(now, response.get("expires_in"), "expires_in"),
            _from_now(now, response.get("refresh_in"), "refresh_in"),
        )
    error = response.get("error")
    if isinstance(error, str):
        raise IdentityServiceError(error, str(response.get("error_description") or ""))
    raise UnusableTokenError('it returned a dict without a string "access_token" or "error"')


def _from_now(now: float, value: object, name: str) -> float | None:
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    seconds = _seconds(value, name)
    return None if seconds is None else now + seconds


def _seconds(value: object, name: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnusableTokenError(
            f"it returned a token whose {name} is a {type(value).__name__}, not a number of seconds"
        )
    try:
        return float(value)
    except OverflowError:
        raise UnusableTokenError(f"it returned a token whose {name} is too large") from None

"""Renewing the tokens of a credential that asks a person, without asking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _native
from ._credential_failure import describe
from ._native import TokenRequest
from ._token_credential import TokenCall

_ASKS_NOBODY = "_disable_automatic_authentication"
"""Where azure-identity's interactive credentials keep their option
`disable_automatic_authentication`. Without it, a credential is called as it is."""


class RenewalError(Exception):
    """The token could not be renewed now, for a reason that is not known."""


def can_renew_silently(credential: object) -> bool:
    """Whether the credential asks a person, and can be told not to. Not a chain: it does not tell
    what its members failed with."""
    names = [cls.__name__ for cls in type(credential).__mro__]
    return hasattr(credential, _ASKS_NOBODY) and _native.asks_a_person(names)


def renew_or_ask(credential: Any, call: TokenCall) -> Callable[[TokenRequest], Any]:
    """Asks the person only if nobody has signed in yet, or the identity service refuses to renew.

    By itself, the credential asks whenever it cannot renew its token, even if the identity service
    is only out of order: the person would have to sign in again after each outage.
    """

    # The identity service's last answer to a renewal was a refusal.
    was_refused = False

    def get_token(request: TokenRequest) -> Any:
        nonlocal was_refused
        # It shares the caches and the HTTP client, which `copy.copy` would leave out.
        silent = object.__new__(type(credential))
        silent.__dict__.update(credential.__dict__, **{_ASKS_NOBODY: True})
        try:
            token = call(silent, request)
            was_refused = False
            return token
        except Exception as error:
            failure = describe(error)
            if not _native.is_refusal(failure):
                was_refused = False
                raise
            # msal repeats a failure for a minute, and then does not say what it was.
            was_refused = was_refused or failure.oauth_error is not None
            has_signed_in = getattr(credential, "_auth_record", None) is not None
            if has_signed_in and not was_refused:
                raise RenewalError(str(error)) from None
            if request.cancelled or getattr(credential, _ASKS_NOBODY):
                raise
        request._may_sign_in()
        return call(credential, request)

    return get_token

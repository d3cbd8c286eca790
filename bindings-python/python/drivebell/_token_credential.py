"""Credentials that are objects, as azure-identity has them, and how they are called."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, runtime_checkable

from ._native import TokenRequest
from ._token import TokenLike


@runtime_checkable
class TokenCredential(Protocol):
    """A credential of the package azure-identity, sync or async (`azure.identity.aio`)."""

    def get_token(
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> TokenLike | Awaitable[TokenLike]:
        """Returns a token for the scopes."""


@runtime_checkable
class TokenInfoCredential(Protocol):
    """A credential with azure-core's newer method, which azure-identity has too."""

    def get_token_info(self, *scopes: str, options: Any = None) -> TokenLike | Awaitable[TokenLike]:
        """Returns a token for the scopes. `options` is a `TokenRequestOptions`."""


TokenCall = Callable[[Any, TokenRequest], Any]
"""Calls a credential of the class for which it was made."""


def token_call(credential: object) -> tuple[TokenCall, Callable[..., Any]] | None:
    """How to call a credential that is an object, and its method that is called. `refresh_on` is
    known only to `get_token_info`."""
    if isinstance(credential, TokenInfoCredential):
        return _call_get_token_info, credential.get_token_info
    if not isinstance(credential, TokenCredential):
        return None
    accepted = _accepted_options(credential.get_token)

    def call_get_token(it: Any, request: TokenRequest) -> Any:
        options = _options(request).items()
        return it.get_token(
            *request.scopes, **{name: value for name, value in options if name in accepted}
        )

    return call_get_token, credential.get_token


def _call_get_token_info(credential: Any, request: TokenRequest) -> Any:
    return credential.get_token_info(*request.scopes, options=_options(request))


def _options(request: TokenRequest) -> dict[str, Any]:
    # Identity libraries cache tokens for Continuous Access Evaluation apart from others. To ask for
    # them only after a challenge would make a person sign in again.
    options: dict[str, Any] = {"enable_cae": True}
    if request.claims is not None:
        options["claims"] = request.claims
    return options


def _accepted_options(get_token: Callable[..., Any]) -> set[str]:
    """Somebody's own class may take the scopes only."""
    names = {"claims", "enable_cae"}
    try:
        parameters = inspect.signature(get_token).parameters.values()
    except (TypeError, ValueError):
        return names
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in parameters):
        return names
    return names & {parameter.name for parameter in parameters}

"""Credentials: what a client accepts, and how it gets tokens from them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ._errors import invalid
from ._threads import run_in_daemon_thread

if TYPE_CHECKING:
    from ._native import TokenReply, TokenRequest


class AccessToken(Protocol):
    """A token with its expiry, as the credentials of azure-identity return it."""

    @property
    def token(self) -> str:
        """The token itself, without `Bearer `."""

    @property
    def expires_on(self) -> float:
        """When the token expires, in seconds since 1970."""


@runtime_checkable
class TokenCredential(Protocol):
    """A credential of the package azure-identity, sync or async (`azure.identity.aio`)."""

    def get_token(
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> AccessToken | Awaitable[AccessToken]:
        """Returns a token for the scopes."""


_Token = str | AccessToken
Credential = (
    str
    | Callable[[], _Token | Awaitable[_Token]]
    | Callable[["TokenRequest"], _Token | Awaitable[_Token]]
    | TokenCredential
)
"""An access token; a function that returns one, sync or async, with or without a `TokenRequest` as
its argument; or a credential of azure-identity. A sync function runs in a thread and may block. A
function that returns an `AccessToken` is called again only when that token is about to expire."""

RequestToken = Callable[["TokenRequest", "TokenReply"], None]
"""Starts a token request; the outcome goes to the reply. Called on the event loop."""


def prepare(credential: Credential) -> str | RequestToken:
    """Converts a credential for the native client. Raises `InvalidArgumentError` for anything
    else."""
    if isinstance(credential, str):
        return credential
    return _request_with(_token_function(credential))


def _token_function(credential: Any) -> Callable[[TokenRequest], Any]:
    if isinstance(credential, TokenCredential):
        return lambda request: _get_token(credential, request)
    if not callable(credential):
        raise invalid(
            "credential",
            f"a {type(credential).__name__} is neither a token, nor a function that returns one, "
            "nor a credential with get_token",
        )
    if _accepts_request(credential):
        return credential  # type: ignore[no-any-return]
    return lambda _request: credential()


def _get_token(credential: TokenCredential, request: TokenRequest) -> Any:
    if request.claims is None:
        return credential.get_token(*request.scopes)
    # With claims, azure-identity bypasses its cache.
    return credential.get_token(*request.scopes, claims=request.claims, enable_cae=True)


def _accepts_request(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some builtins have no signature
        return False
    for arguments in ((None,), ()):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return bool(arguments)
    raise invalid("credential", "the function accepts neither one argument nor none")


def _request_with(get_token: Callable[[TokenRequest], Any]) -> RequestToken:
    # The loop holds tasks weakly: without this set, a running request could be collected.
    running: set[asyncio.Task[None]] = set()

    async def fulfil(request: TokenRequest, reply: TokenReply) -> None:
        try:
            # A sync function may block, so it runs in a thread; it may also return an awaitable.
            if _is_async(get_token):
                result = get_token(request)
            else:
                result = await run_in_daemon_thread(get_token, request)
            if inspect.isawaitable(result):
                result = await result
            reply.resolve(*_token_and_expiry(result))
        except BaseException as error:
            reply.reject(error)
            if not isinstance(error, Exception):
                raise

    def request_token(request: TokenRequest, reply: TokenReply) -> None:
        task = asyncio.get_running_loop().create_task(fulfil(request, reply))
        reply.on_cancel(task.cancel)
        running.add(task)
        task.add_done_callback(running.discard)

    return request_token


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an instance with an async __call__
    )


def _token_and_expiry(result: object) -> tuple[str, float | None]:
    if isinstance(result, str):
        return result, None
    token = getattr(result, "token", None)
    if not isinstance(token, str):
        raise TypeError(f"the credential returned a {type(result).__name__}, not a token")
    expires_on = getattr(result, "expires_on", None)
    if expires_on is None:
        return token, None
    if isinstance(expires_on, bool) or not isinstance(expires_on, int | float):
        raise TypeError(
            f"the credential returned a token whose expires_on is a {type(expires_on).__name__}, "
            "not a number of seconds since 1970"
        )
    return token, float(expires_on)

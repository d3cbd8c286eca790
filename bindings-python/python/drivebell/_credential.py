"""What may be given as a credential, and how it is asked for a token."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ._errors import invalid
from ._threads import in_thread

if TYPE_CHECKING:
    from ._native import TokenReply, TokenRequest


class AccessToken(Protocol):
    """A token and its expiry, as azure-identity gives them."""

    @property
    def token(self) -> str:
        """Without `Bearer `."""

    @property
    def expires_on(self) -> float:
        """Until when it is good, in seconds since 1970."""


@runtime_checkable
class TokenCredential(Protocol):
    """A credential of the package azure-identity, sync or async (`azure.identity.aio`)."""

    def get_token(
        self, *scopes: str, claims: str | None = None, enable_cae: bool = False
    ) -> AccessToken | Awaitable[AccessToken]:
        """A token for the scopes."""


_Token = str | AccessToken
Credential = (
    str
    | Callable[[], _Token | Awaitable[_Token]]
    | Callable[["TokenRequest"], _Token | Awaitable[_Token]]
    | TokenCredential
)
"""A token; a function that returns one, sync or async, with or without a `TokenRequest`; or an
azure-identity credential. What is not async runs in a thread, so that it may block. A function may
return an `AccessToken` instead of a string, and is then asked again only when that expires."""

Ask = Callable[["TokenRequest", "TokenReply"], None]


def prepare(credential: Credential) -> str | Ask:
    """The credential as the native client takes it; refuses what cannot be one."""
    if isinstance(credential, str):
        return credential
    return _asker(_token_function(credential))


def _token_function(credential: Any) -> Callable[[TokenRequest], Any]:
    if isinstance(credential, TokenCredential):
        return lambda request: _get_token(credential, request)
    if not callable(credential):
        raise invalid(
            "credential",
            f"a {type(credential).__name__} is neither a token, nor a function that returns one, "
            "nor a credential with get_token",
        )
    takes_request = _takes_request(credential)
    if takes_request:
        return credential  # type: ignore[no-any-return]
    return lambda _request: credential()


def _get_token(credential: TokenCredential, request: TokenRequest) -> Any:
    if request.claims is None:
        return credential.get_token(*request.scopes)
    # With claims azure-identity does not answer from its cache.
    return credential.get_token(*request.scopes, claims=request.claims, enable_cae=True)


def _takes_request(function: Callable[..., Any]) -> bool:
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some builtins have none
        return False
    for arguments in ((None,), ()):
        try:
            signature.bind(*arguments)
        except TypeError:
            continue
        return bool(arguments)
    raise invalid("credential", "the function takes neither one argument nor none")


def _asker(get_token: Callable[[TokenRequest], Any]) -> Ask:
    # The loop holds tasks weakly: without this a request could be collected half way.
    under_way: set[asyncio.Task[None]] = set()

    async def answer(request: TokenRequest, reply: TokenReply) -> None:
        try:
            # A function that looks sync may return an awaitable, and one that blocks must not
            # hold up the loop.
            if _is_async(get_token):
                result = get_token(request)
            else:
                result = await in_thread(get_token, request)
            if inspect.isawaitable(result):
                result = await result
            reply.resolve(*_token_and_expiry(result))
        except BaseException as error:
            reply.reject(error)
            if not isinstance(error, Exception):
                raise

    def ask(request: TokenRequest, reply: TokenReply) -> None:
        task = asyncio.get_running_loop().create_task(answer(request, reply))
        reply.on_given_up(task.cancel)
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    return ask


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

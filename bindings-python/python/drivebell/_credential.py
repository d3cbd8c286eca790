"""Credentials: what a client accepts, and how it gets tokens from them."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from ._awaitables import close_unawaited
from ._credential_failure import describe
from ._errors import Error, invalid
from ._native import TokenReply, TokenRequest
from ._renewal import can_renew_silently, renew_or_ask
from ._threads import credential_threads
from ._token import IdentityServiceError, TokenLike, UnusableTokenError, token_parts
from ._token_credential import TokenCredential, TokenInfoCredential, token_call

T = TypeVar("T")

Token = str | TokenLike | Mapping[str, Any] | None
"""What a credential function may return: a token; an `AccessToken`, or a token of azure-identity;
or what msal returns. `None`, and an error of msal, mean that there is no token."""

Credential = (
    str
    | Callable[[], Token | Awaitable[Token]]
    | Callable[[TokenRequest], Token | Awaitable[Token]]
    | TokenCredential
    | TokenInfoCredential
)
"""An access token; a function that returns one, sync or async, with or without a `TokenRequest` as
its argument; or a credential of azure-identity. A sync function runs in a thread and may block. A
function that returns a token with its expiry is called again only when that token is about to
expire."""

RequestToken = Callable[[TokenRequest, TokenReply], None]
"""Starts a token request; the outcome goes to the reply. Called on the event loop."""


@dataclass(frozen=True)
class PreparedCredential:
    """A credential, for the native client."""

    request_token: RequestToken
    class_names: list[str]
    """The classes of the user's credential, and of those in its chain."""


class Hidden:
    """A credential that no traceback shows: reports of errors print the locals of each frame."""

    def __init__(self, credential: Credential) -> None:
        self._credential = [credential]

    def use(self, function: Callable[[Credential], T]) -> T:
        """Passes it to a function, once. The frames of an error begin here."""
        try:
            return function(self._credential.pop())
        except Error as error:
            raise error.with_traceback(None) from error.__cause__


def prepare(credential: Credential) -> str | PreparedCredential:
    """Converts a credential for the native client. Raises `InvalidArgumentError` for anything
    else."""
    if isinstance(credential, str):
        return credential
    of_object = token_call(credential)
    if of_object is None:
        get_token = _token_function(credential)
        function: Callable[..., Any] = credential  # type: ignore[assignment]  # it is callable
    else:
        call, function = of_object
        get_token = functools.partial(call, credential)
        if can_renew_silently(credential) and not _is_async(function):
            # Whether a person may be asked is known when it comes to that.
            return PreparedCredential(_request_in_thread(renew_or_ask(credential, call)), [])
    request = _request_on_loop if _is_async(function) else _request_in_thread
    return PreparedCredential(request(get_token), list(_class_names(credential)))


GetToken = Callable[[TokenRequest], Any]


def _token_function(credential: Any) -> GetToken:
    """A function of the user, which may not want the request."""
    if not callable(credential):
        raise invalid("credential", _why_unusable(credential))
    if _accepts_request(credential):
        return credential  # type: ignore[no-any-return]
    return lambda _request: credential()


def _why_unusable(credential: object) -> str:
    name = type(credential).__name__
    if hasattr(credential, "acquire_token_silent"):
        return (
            f"a {name} of msal has no method that returns a token by itself; pass a function that "
            "calls acquire_token_silent, as docs/credentials.md shows"
        )
    if hasattr(credential, "token"):
        return f"pass the text of the {name}, its attribute token, or a function that returns it"
    return (
        f"a {name} is neither a token, nor a function that returns one, nor a credential with "
        "get_token or get_token_info"
    )


def _class_names(credential: object) -> Iterator[str]:
    for cls in type(credential).__mro__:
        yield cls.__name__
    # `ChainedTokenCredential.credentials`.
    members = getattr(credential, "credentials", None)
    if isinstance(members, tuple | list):
        for member in members:
            yield from _class_names(member)


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


class _Tasks:
    """Awaits tokens on an event loop."""

    def __init__(self) -> None:
        # The loop holds tasks weakly: without this set, a running request could be collected.
        self._running: set[asyncio.Task[None]] = set()

    def start(self, token: Awaitable[object], reply: TokenReply) -> None:
        task = asyncio.get_running_loop().create_task(self._fulfil(token, reply))
        reply.on_cancel(task.cancel)
        self._running.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            # The task may have been cancelled before it began.
            close_unawaited(token)

        task.add_done_callback(ended)

    @staticmethod
    async def _fulfil(token: Awaitable[object], reply: TokenReply) -> None:
        try:
            _resolve(reply, await token)
        except BaseException as error:
            _reject(reply, error)
            if not isinstance(error, Exception):
                raise


def _request_on_loop(get_token: GetToken) -> RequestToken:
    tasks = _Tasks()

    def request_token(request: TokenRequest, reply: TokenReply) -> None:
        try:
            tasks.start(get_token(request), reply)
        except Exception as error:  # raised before the first await, by a decorator for instance
            _reject(reply, error)

    return request_token


def _request_in_thread(get_token: GetToken) -> RequestToken:
    """A thread cannot be stopped, so the request ends when the function returns, whatever happens
    to the loop. The function may also return an awaitable."""
    tasks = _Tasks()

    def request_token(request: TokenRequest, reply: TokenReply) -> None:
        loop = asyncio.get_running_loop()
        threads = credential_threads()

        def job() -> None:
            try:
                result = get_token(request)
                if inspect.isawaitable(result):
                    loop.call_soon_threadsafe(tasks.start, result, reply)
                else:
                    _resolve(reply, result)
            except BaseException as error:  # a thread has nobody to raise to
                _reject(reply, error)

        def remove() -> None:
            if threads.remove(job):
                _reject(reply, asyncio.CancelledError())

        reply.on_cancel(remove)
        threads.submit(job)

    return request_token


def _resolve(reply: TokenReply, result: object) -> None:
    reply.resolve(*token_parts(result))


def _reject(reply: TokenReply, error: BaseException) -> None:
    if isinstance(error, IdentityServiceError | UnusableTokenError):
        # Error reports show the locals of its frames: what was returned, almost a token.
        error.__traceback__ = None
    reply.reject(error, describe(error))


def _is_async(function: Callable[..., Any]) -> bool:
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an instance with an async __call__
    )

"""Describes what a credential raised, for the core, which decides what follows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._errors import Error
from ._token import IdentityServiceError, UnusableTokenError

_MAX_CAUSES = 8
_MAX_TEXT = 4096
_MAX_BODY = 64 * 1024


@dataclass(frozen=True)
class Failure:
    """An exception, without references to it."""

    class_names: list[str]
    """Its class and the base classes, then those of its causes. Empty if its class says nothing."""
    text: str
    causes: list[str]
    """The texts of its causes."""
    oauth_error: str | None
    is_misuse: bool
    """The credential returned something that is no token."""


def describe(error: BaseException) -> Failure:
    """Reads an exception and its explicit causes. Never raises."""
    chain = list(_chain(error))
    is_ours = isinstance(error, IdentityServiceError | UnusableTokenError)
    names = [cls.__name__ for link in chain for cls in type(link).__mro__ if cls is not object]
    codes = (_oauth_error(link) for link in chain)
    return Failure(
        class_names=[] if is_ours else names,
        text=_text(error),
        causes=[_text(link) for link in chain[1:]],
        oauth_error=next((code for code in codes if code is not None), None),
        is_misuse=isinstance(error, UnusableTokenError),
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception and its causes. A context is no cause: what was tried before may have failed
    for another reason."""
    link: BaseException | None = error
    for _ in range(_MAX_CAUSES):
        if link is None:
            return
        yield link
        link = link.__cause__


def _text(error: BaseException) -> str:
    try:
        return (error.message if isinstance(error, Error) else str(error))[:_MAX_TEXT]
    except Exception:  # the exception belongs to somebody else
        return ""


def _oauth_error(error: BaseException) -> str | None:
    """The OAuth error code of the identity service's answer, where libraries keep it: as `error`,
    or in the body of `response`."""
    try:
        code = getattr(error, "error", None)
        if isinstance(code, str):
            return code
        response = getattr(error, "response", None)
        return None if response is None else _oauth_error_of_body(response)
    except Exception:  # attributes of somebody else's exception
        return None


def _oauth_error_of_body(response: Any) -> str | None:
    if isinstance(response, Mapping):
        return _code(response)
    text = getattr(response, "text", None)
    if callable(text):  # azure-core has a method, requests and httpx have a property
        text = text()
    if not isinstance(text, str) or len(text) > _MAX_BODY:
        return None
    body = json.loads(text)
    return _code(body) if isinstance(body, dict) else None


def _code(body: Mapping[Any, Any]) -> str | None:
    code = body.get("error")
    return code if isinstance(code, str) else None

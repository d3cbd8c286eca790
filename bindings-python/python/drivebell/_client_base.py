from __future__ import annotations

import os
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

from . import _native
from ._credential import Credential, RequestToken, prepare
from ._errors import StateError, invalid
from ._native import Resource
from ._options import NOT_GIVEN, NotGiven, counts, durations, given, patience


class Owned(Protocol):
    """An object that a client created, and closes."""

    def _start_close(self) -> None: ...


class HasMembers(Protocol):
    """A set to which a client added members."""

    def _remove_members_of(self, client: Any) -> None: ...


OwnedT = TypeVar("OwnedT", bound=Owned)


class ClientBase(Generic[OwnedT]):
    """What the async and the blocking client share."""

    def __init__(
        self,
        credential: Credential,
        *,
        cloud: str | None = None,
        base_url: str | None = None,
        api_version: str | None = None,
        scopes: Sequence[str] | None = None,
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        user_agent: str | None = None,
        request_timeout: float | None = None,
        retry_timeout: float | None = None,
        connect_timeout: float | None = None,
        open_timeout: float | None = None,
        join_timeout: float | None = None,
        close_timeout: float | None = None,
        credential_timeout: float | None = None,
        token_refresh_margin: float | None = None,
        start_timeout: float | NotGiven | None = NOT_GIVEN,
        renew_before: float | None = None,
        retry_min: float | None = None,
        retry_max: float | None = None,
        retry_reset_after: float | None = None,
        max_retry_after: float | None = None,
        refusal_timeout: float | None = None,
        max_handshakes: int | None = None,
        max_endpoint_calls_per_second: int | None = None,
        max_message_size: int | None = None,
        mailbox_capacity: int | None = None,
    ) -> None:
        if cloud is not None and base_url is not None:
            raise invalid("base_url", "give either cloud or base_url")
        if isinstance(scopes, str):
            raise invalid("scopes", "give a list of scopes, not one string")
        options: dict[str, object] = {
            **given(
                {
                    "cloud": None if cloud is None else str(cloud),
                    "base_url": base_url,
                    "api_version": api_version,
                    "scopes": None if scopes is None else list(scopes),
                    "proxy": proxy,
                    "ca_bundle": ca_bundle,
                    "user_agent": user_agent,
                }
            ),
            **durations(
                {
                    "request_timeout": request_timeout,
                    "retry_timeout": retry_timeout,
                    "connect_timeout": connect_timeout,
                    "open_timeout": open_timeout,
                    "join_timeout": join_timeout,
                    "close_timeout": close_timeout,
                    "credential_timeout": credential_timeout,
                    "token_refresh_margin": token_refresh_margin,
                    "renew_before": renew_before,
                    "retry_min": retry_min,
                    "retry_max": retry_max,
                    "retry_reset_after": retry_reset_after,
                    "max_retry_after": max_retry_after,
                    "refusal_timeout": refusal_timeout,
                }
            ),
            **patience("start_timeout", start_timeout),
            **counts(
                {
                    "max_handshakes": max_handshakes,
                    "max_endpoint_calls_per_second": max_endpoint_calls_per_second,
                    "max_message_size": max_message_size,
                    "mailbox_capacity": mailbox_capacity,
                }
            ),
        }
        self._begin(_native.Client(self._prepare(credential), options))

    def _begin(self, native: _native.Client) -> None:
        self._native = native
        self._closed = False
        self._open: weakref.WeakSet[OwnedT] = weakref.WeakSet()
        self._sets: weakref.WeakSet[HasMembers] = weakref.WeakSet()

    @staticmethod
    def _prepare(credential: Credential) -> str | RequestToken:
        return prepare(credential)

    def with_credential(self, credential: Credential) -> Self:
        """Creates a client of another user, in the same family.

        The clients of a family share the HTTP stack, the TLS configuration, the resolver, the
        limits (`max_handshakes`, `max_endpoint_calls_per_second`) and Graph's throttling pauses.
        Scopes and other options are copied. A further client costs a few kilobytes.

        Closing a client closes only what was created through it.

        Graph throttles by user, by app and by tenant, and does not say by which. So a pause that it
        asks of one user stops the whole family: requests of the others could prolong it.

        Raises `InvalidArgumentError` for an invalid credential, and `StateError` if this client is
        closed.
        """
        self._check_open()
        client = type(self).__new__(type(self))
        client._begin(self._native.with_credential(self._prepare(credential)))
        return client

    def _check_all(self, resources: Iterable[Resource]) -> list[Resource]:
        """Raises `InvalidArgumentError` if one is not a resource, and `StateError` if closed."""
        resources = list(resources)
        for resource in resources:
            self._check(resource)
        self._check_open()
        return resources

    def _start_close(self) -> list[OwnedT]:
        """Starts closing everything, and returns what to wait for."""
        self._closed = True
        for member_set in list(self._sets):
            member_set._remove_members_of(self)
        owned = list(self._open)
        # All at once, because each may wait for a server that does not answer.
        for each in owned:
            each._start_close()
        return owned

    def __repr__(self) -> str:
        return f"<drivebell.{self._native!r}>"

    def _check(self, resource: object) -> None:
        if not isinstance(resource, Resource):
            raise invalid("resource", f"a {type(resource).__name__} is not a drivebell.Resource")
        self._check_open()

    def _check_open(self) -> None:
        if self._closed:
            raise StateError("this client is closed: create a new one")

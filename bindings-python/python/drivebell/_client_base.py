from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import Any, Generic, Protocol, Self, TypeVar

from . import _native
from ._changes_options import ChangesOptions, ChangesT
from ._client_options import ClientOptions
from ._credential import Credential, RequestToken, prepare
from ._errors import StateError, invalid
from ._native import Resource


class Owned(Protocol):
    """An object that a client created, and closes."""

    def _start_close(self) -> None: ...


class HasMembers(Protocol):
    """A set to which a client added members."""

    def _remove_members_of(self, client: Any) -> None: ...


OwnedT = TypeVar("OwnedT", bound=Owned)


class ClientBase(ClientOptions, ChangesOptions[ChangesT], Generic[OwnedT, ChangesT]):
    """What the async and the blocking client share."""

    def _configure(self, credential: Credential, options: dict[str, object]) -> None:
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

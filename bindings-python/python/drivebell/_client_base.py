from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Self

from . import _native
from ._client_options import ClientOptions
from ._credential import Credential, Hidden, PreparedCredential, prepare
from ._errors import invalid
from ._items import Item_co
from ._members import check_resource
from ._native import Resource


class ClientBase(ClientOptions):
    """What the async and the blocking client share."""

    def _configure(self, credential: Hidden, options: dict[str, object]) -> None:
        self._begin(credential.use(lambda it: _native.Client(self._prepare(it), options)))

    def _begin(self, native: _native.Client) -> None:
        self._native = native

    @staticmethod
    def _prepare(credential: Credential) -> str | PreparedCredential:
        return prepare(credential)

    @property
    def label(self) -> str | None:
        """The name that the program has given to this client."""
        return self._native.label()

    def with_credential(self, credential: Credential, *, label: str | None = None) -> Self:
        """Creates a client of another user, in the same family.

        The clients of a family share the HTTP stack, the TLS configuration, the resolver, the
        limits (`max_handshakes`, `max_endpoint_calls_per_second`) and Graph's throttling pauses.
        Scopes and other options are copied. A further client costs a few kilobytes. `label` is its
        own name for errors, events and logs; without one, it has that of this client.

        Closing a client closes only what was created through it.

        Graph throttles by user, by app and by tenant, and does not say by which. So a pause that it
        asks of one user stops the whole family: requests of the others could prolong it.

        Raises `InvalidArgumentError` for an invalid credential or label, and `StateError` if this
        client is closed.
        """
        if label is not None and not isinstance(label, str):
            raise invalid("label", f"must be a str, not {type(label).__name__}")
        client = type(self).__new__(type(self))
        hidden = Hidden(credential)
        del credential
        native = hidden.use(lambda it: self._native.with_credential(self._prepare(it), label))
        client._begin(native)
        return client

    def _check_all(self, resources: Iterable[Resource[Item_co]]) -> list[Resource[Item_co]]:
        """Raises `InvalidArgumentError` if one is not a resource, and `StateError` if closed."""
        if isinstance(resources, Resource) or not isinstance(resources, Iterable):
            name = type(resources).__name__
            raise invalid("resources", f"must be a list, not a {name}: write [resource] for one")
        resources = list(resources)
        for resource in resources:
            self._check(resource)
        self._native.check_open()
        return resources

    def _beginnings(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        since: str | None,
    ) -> dict[Resource[Item_co], str]:
        """Where to begin with each resource. Raises `InvalidArgumentError` and `StateError` as
        `_check_all` does."""
        all_resources = self._check_all(resources)
        if not isinstance(resources, Mapping):
            # The core refuses a missing one by its name.
            return dict.fromkeys(all_resources, since or "")
        if since is not None:
            raise invalid("since", "give it here or in the mapping, not both")
        return dict(resources)

    def __repr__(self) -> str:
        # A report of an error may show a client that could not be made.
        native = getattr(self, "_native", None)
        return f"<drivebell.{native!r}>" if native else "<drivebell.Client>"

    def _check_text(self, text: object) -> None:
        if not isinstance(text, str):
            raise invalid("resource", f"must be a text, not {type(text).__name__}")
        self._native.check_open()

    def _check(self, resource: object) -> None:
        check_resource(resource)
        self._native.check_open()

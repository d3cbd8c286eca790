from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ._errors import invalid
from ._native import Resource

if TYPE_CHECKING:
    # Of types only: a client makes a set, and a set accepts clients.
    from ._client_base import ClientBase

C = TypeVar("C", bound="ClientBase")


def client_of_member(own: C, client: C | None, resource: object) -> C:
    """The client of a member: `client`, or by default the one that created the set. Raises
    `InvalidArgumentError` for arguments of other types."""
    check_resource(resource)
    if client is None:
        return own
    if not isinstance(client, type(own)):
        raise invalid("client", f"must be a drivebell.Client, not {type(client).__name__}")
    return client


def check_resource(resource: object) -> None:
    if not isinstance(resource, Resource):
        raise invalid("resource", f"must be a drivebell.Resource, not {type(resource).__name__}")

"""Know that something changed in a OneDrive or SharePoint drive.

Microsoft Graph pushes drive changes over Socket.IO to programs that have no public address. This
package asks Graph for the endpoint, keeps the session alive, and hands out the notifications:

    async with drivebell.Client(credential) as client:
        async with client.subscribe(drivebell.Resource.my_drive()) as sub:
            async for note in sub:
                print("something changed in", note.resource)

A notification says *that* something changed in the drive, never *what*; it comes some 5 to 36
seconds after the change; and after a time without a connection, in which nothing was announced, one
of kind `"resync"` says: look. `client.changes` does that, and tells what changed:

    async for batch in client.changes(drivebell.Resource.my_drive(), since="start"):
        for item in batch.items:
            print("deleted" if item.deleted else "there", item.id, item.name)
"""

from ._changes import Changes
from ._client import Client
from ._cloud import Cloud
from ._credential import AccessToken, Credential, TokenCredential
from ._errors import (
    AccessDeniedError,
    AuthenticationError,
    ConnectionFailedError,
    Error,
    GraphError,
    InvalidArgumentError,
    NotFoundError,
    ProtocolError,
    StateError,
    ThrottledError,
    TimeoutError,
)
from ._native import (
    ChangeBatch,
    DriveItem,
    Endpoint,
    Hashes,
    Identity,
    Lifecycle,
    ListItem,
    Notification,
    Payload,
    RemoteItem,
    Resource,
    TokenRequest,
    __version__,
)
from ._stats import SetStats, SubscriptionStats
from ._subscription import Subscription, SubscriptionState
from ._subscription_set import SubscriptionSet

__all__ = [
    "AccessDeniedError",
    "AccessToken",
    "AuthenticationError",
    "ChangeBatch",
    "Changes",
    "Client",
    "Cloud",
    "ConnectionFailedError",
    "Credential",
    "DriveItem",
    "Endpoint",
    "Error",
    "GraphError",
    "Hashes",
    "Identity",
    "InvalidArgumentError",
    "Lifecycle",
    "ListItem",
    "NotFoundError",
    "Notification",
    "Payload",
    "ProtocolError",
    "RemoteItem",
    "Resource",
    "SetStats",
    "StateError",
    "Subscription",
    "SubscriptionSet",
    "SubscriptionState",
    "SubscriptionStats",
    "ThrottledError",
    "TimeoutError",
    "TokenCredential",
    "TokenRequest",
    "__version__",
]

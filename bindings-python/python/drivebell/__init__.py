"""Get notified when something changes in a OneDrive or SharePoint drive, without a public address.

Microsoft Graph pushes notifications over Socket.IO, also to programs without a public address. This
package gets the notification endpoint from Graph, keeps the session alive, and passes the
notifications on:

    async with drivebell.Client(credential) as client:
        async with client.subscribe(drivebell.Resource.my_drive()) as sub:
            async for note in sub:
                print("something changed in", note.resource)

A notification says *that* something changed in the drive, never *what*. It arrives 5 to 36 seconds
after the change. Changes during a gap without a connection are not announced: after it, one
notification of kind `"resync"` arrives. To learn what changed, use `client.changes`, which runs
Graph's delta query after each notification:

    async for batch in client.changes(drivebell.Resource.my_drive(), since="start"):
        for item in batch.items:
            print("deleted" if item.deleted else "there", item.id, item.name)

To learn which file it was, where, and what happened to it, use `client.mirror`, which keeps the
drive's tree in a SQLite file:

    async with client.mirror(drivebell.Resource.my_drive(), "drive.db") as mirror:
        async for change in mirror:
            print(change.kind, change.path, change.old_path)
"""

import logging as _logging

from . import (
    _changes_set,
    _client_base,
    _members,
    _mirror_set,
    _shared_changes,
    _subscription_set,
    sync,
)
from ._changes import Changes
from ._changes_set import ChangesSet
from ._checkpoint_store import Checkpoint, CheckpointStore, Ownership
from ._client import Client
from ._credential import Credential, Token
from ._errors import (
    AccessDeniedError,
    AuthenticationError,
    ConnectionFailedError,
    Error,
    GraphError,
    InvalidArgumentError,
    NotFoundError,
    ProtocolError,
    SignInRequired,
    StateError,
    StorageError,
    ThrottledError,
    TimeoutError,
)
from ._lifecycle import (
    Connected,
    Disconnected,
    Ended,
    Lifecycle,
    PushRefused,
    QueryFailed,
    Renewed,
    SigningIn,
    Unavailable,
)
from ._mirror import Mirror
from ._mirror_set import MirrorSet
from ._names import ChangeKind, ChangesState, Cloud, FoundBy, Initial, SubscriptionState
from ._native import (
    AccessToken,
    Change,
    ChangeBatch,
    DriveItem,
    Endpoint,
    Hashes,
    Identity,
    ListItem,
    MemberBatch,
    MemberEnd,
    MemoryStore,
    Notification,
    Payload,
    RemoteItem,
    Resource,
    SharedBatch,
    SharedRefusal,
    SqliteStore,
    TokenRequest,
    __version__,
)
from ._shared_changes import SharedChanges
from ._stats import (
    ChangesSetStats,
    ChangesStats,
    MirrorStats,
    OwnedDrive,
    SetStats,
    SharedStats,
    SharedWorker,
    SubscriptionStats,
)
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet
from ._token import TokenLike
from ._token_credential import TokenCredential, TokenInfoCredential
from ._tree import Tree

# Annotations name classes whose import would be circular: `typing.get_type_hints` finds them here.
for _module in (_changes_set, _mirror_set, _shared_changes, _subscription_set):
    vars(_module).update(Client=Client)
vars(_members).update(ClientBase=_client_base.ClientBase)

__all__ = [
    "AccessDeniedError",
    "AccessToken",
    "AuthenticationError",
    "Change",
    "ChangeBatch",
    "ChangeKind",
    "Changes",
    "ChangesSet",
    "ChangesSetStats",
    "ChangesState",
    "ChangesStats",
    "Checkpoint",
    "CheckpointStore",
    "Client",
    "Cloud",
    "Connected",
    "ConnectionFailedError",
    "Credential",
    "Disconnected",
    "DriveItem",
    "Ended",
    "Endpoint",
    "Error",
    "FoundBy",
    "GraphError",
    "Hashes",
    "Identity",
    "Initial",
    "InvalidArgumentError",
    "Lifecycle",
    "ListItem",
    "MemberBatch",
    "MemberEnd",
    "MemoryStore",
    "Mirror",
    "MirrorSet",
    "MirrorStats",
    "NotFoundError",
    "Notification",
    "OwnedDrive",
    "Ownership",
    "Payload",
    "ProtocolError",
    "PushRefused",
    "QueryFailed",
    "RemoteItem",
    "Renewed",
    "Resource",
    "SetStats",
    "SharedBatch",
    "SharedChanges",
    "SharedRefusal",
    "SharedStats",
    "SharedWorker",
    "SignInRequired",
    "SigningIn",
    "SqliteStore",
    "StateError",
    "StorageError",
    "Subscription",
    "SubscriptionSet",
    "SubscriptionState",
    "SubscriptionStats",
    "ThrottledError",
    "TimeoutError",
    "Token",
    "TokenCredential",
    "TokenInfoCredential",
    "TokenLike",
    "TokenRequest",
    "Tree",
    "Unavailable",
    "__version__",
    "sync",
]

# A library leaves it to the program where its log goes.
_logging.getLogger("drivebell").addHandler(_logging.NullHandler())

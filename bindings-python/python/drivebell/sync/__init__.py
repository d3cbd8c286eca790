"""drivebell for programs without an event loop: the same names and options, and blocking calls.

    with drivebell.sync.Client(credential) as client:
        with client.subscribe(drivebell.Resource.my_drive()) as sub:
            for note in sub:
                print("something changed in", note.resource)

A blocking call lets other threads run, and Ctrl-C ends it. Another thread may close what a thread
waits for. In async code, use `drivebell.Client`: these calls would block the event loop.
"""

from . import _changes_set, _mirror_set, _shared_changes, _subscription_set
from ._changes import Changes
from ._changes_set import ChangesSet
from ._checkpoint_store import CheckpointStore
from ._client import Client
from ._mirror import Mirror
from ._mirror_set import MirrorSet
from ._shared_changes import SharedChanges
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet

# Annotations name it, and importing it there would be circular: `typing.get_type_hints` finds it.
for _module in (_changes_set, _mirror_set, _shared_changes, _subscription_set):
    vars(_module).update(Client=Client)

__all__ = [
    "Changes",
    "ChangesSet",
    "CheckpointStore",
    "Client",
    "Mirror",
    "MirrorSet",
    "SharedChanges",
    "Subscription",
    "SubscriptionSet",
]

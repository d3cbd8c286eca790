"""drivebell for programs without an event loop: the same names, options and rules, and calls that
wait.

    with drivebell.sync.Client(credential) as client:
        with client.subscribe(drivebell.Resource.my_drive()) as sub:
            for note in sub:
                print("something changed in", note.resource)

Whoever waits lets other threads run, and is woken by Ctrl-C. Another thread may close what one
waits for. In async code these calls would hold up the event loop: use `drivebell.Client` there.
"""

from ._changes import Changes
from ._client import Client
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet

__all__ = ["Changes", "Client", "Subscription", "SubscriptionSet"]

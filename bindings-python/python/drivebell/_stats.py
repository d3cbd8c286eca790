from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SubscriptionStats:
    """Counters of a subscription, since it was entered.

    - `notifications`: notifications that the service sent.
    - `coalesced`: events that were merged into earlier ones because the consumer was slow.
    - `reconnects`: how often the session became live again after a gap.
    - `renewals`: how often a new endpoint replaced an old one without a gap.
    - `last_event_at`: when the service last sent an event (UTC); `None` before the first.
    - `pending`: events that wait for the consumer now.
    """

    notifications: int = 0
    coalesced: int = 0
    reconnects: int = 0
    renewals: int = 0
    last_event_at: datetime | None = None
    pending: int = 0


@dataclass(frozen=True)
class SetStats(SubscriptionStats):
    """Totals of the members of a set of subscriptions: those of `SubscriptionStats`, and these.

    - `members`: members of the set.
    - `live`: members that are live now.
    - `ended`: members whose session ended with an error.
    """

    members: int = 0
    live: int = 0
    ended: int = 0

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SubscriptionStats:
    """What a subscription has been through so far."""

    notifications: int = 0
    """Notifications that the service has sent."""
    coalesced: int = 0
    """How many events were merged into earlier ones because the consumer was behind."""
    reconnects: int = 0
    """How often the session became live again after a time without a connection."""
    renewals: int = 0
    """How often a new endpoint has taken over without such a time."""
    last_event_at: datetime | None = None
    """When the service last sent an event (UTC); `None` before the first."""
    pending: int = 0
    """How many events wait for the consumer."""


@dataclass(frozen=True)
class SetStats(SubscriptionStats):
    """What those that are in a set of subscriptions have been through so far, in all."""

    members: int = 0
    """How many are in the set."""
    live: int = 0
    """How many of them are live at this moment."""
    ended: int = 0
    """How many of them are over, by an error."""

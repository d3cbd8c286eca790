from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Literal, TypeVar

from ._errors import Error
from ._items import Item_co
from ._names import ChangesState
from ._native import Resource

C_co = TypeVar("C_co", covariant=True)


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


@dataclass(frozen=True)
class ChangesStats:
    """Counters of a stream of changes, since it started.

    - `batches`: batches that were handed out.
    - `items`: items in them.
    - `repeated`: items that were not handed out, because they came again unchanged.
    - `queries`: delta queries that were completed.
    - `failures`: requests that failed.
    - `notifications`: notifications that the service sent.
    - `hints`: hints of the program, where hints that came together count once.
    - `resyncs`: how often Graph lost track, so that everything was enumerated again.
    - `audits`: audits that were completed (`audit_interval`).
    - `reconnects`: how often the subscription became live again after it had lost its connection.
    - `renewals`: how often a new endpoint replaced an old one without a gap.
    - `deaf`: connections that were replaced because they announced nothing (`deaf_after`).
    - `last_query_at`: when the last query was completed (UTC); `None` before the first.
    - `last_items_at`: when items were last handed out (UTC); `None` before the first.
    """

    batches: int = 0
    items: int = 0
    repeated: int = 0
    queries: int = 0
    failures: int = 0
    notifications: int = 0
    hints: int = 0
    resyncs: int = 0
    audits: int = 0
    reconnects: int = 0
    renewals: int = 0
    deaf: int = 0
    last_query_at: datetime | None = None
    last_items_at: datetime | None = None


@dataclass(frozen=True)
class ChangesSetStats(ChangesStats):
    """Totals of the current members of a stream of `Client.changes_all`: those of `ChangesStats`,
    and these.

    - `members`: members of the set.
    - `live`: members that are live now.
    - `polling`: members that poll now.
    - `ended`: members that ended with an error.
    """

    members: int = 0
    live: int = 0
    polling: int = 0
    ended: int = 0


@dataclass(frozen=True)
class MirrorStats:
    """Counters of a mirrored drive. Those of the tree are kept in the file, so they go on after a
    restart.

    - `rows`: items in the mirror.
    - `waiting`: items that wait for their folder: Graph has sent them before it, or never sent it.
    - `outbox`: changes that are kept until the program has asked for the next one.
    - `sequence`: the sequence of the last change; 0 before the first.
    - `acknowledged`: the sequence of the last change that is done; 0 before the first.
    - `suppressed`: items that came without any difference, or, of a folder, with none but what
      follows from its content: its size, times and tags.
    - `drift`: rows that were wrong when an audit or a resync came: gone, different, or missing.
    - `file_size`: bytes of the file, with its write-ahead log.
    - `ready`: whether the first enumeration is complete.
    - `changes`: the counters of the stream of changes since it started.
    """

    rows: int = 0
    waiting: int = 0
    outbox: int = 0
    sequence: int = 0
    acknowledged: int = 0
    suppressed: int = 0
    drift: int = 0
    file_size: int = 0
    ready: bool = False
    changes: ChangesStats = field(default_factory=ChangesStats)


@dataclass(frozen=True)
class SharedStats:
    """How the drives of a stream of `Client.changes_shared` are shared.

    - `drives`: drives, whichever process follows them.
    - `owned`: drives that this process has.
    - `unowned`: drives without a process that lives.
    - `claimed`: how often this process took a drive from a silent process, or from none.
    - `received`: how often another process handed a drive over to this one.
    - `handed_over`: how often this process handed a drive over.
    - `lost`: how often another process had taken a drive from this one.
    - `listed_at`: when the store last answered (UTC): long ago if it is away; `None` before the
      first time.
    """

    drives: int = 0
    owned: int = 0
    unowned: int = 0
    claimed: int = 0
    received: int = 0
    handed_over: int = 0
    lost: int = 0
    listed_at: datetime | None = None


@dataclass(frozen=True)
class SharedWorker:
    """A process that takes part in a stream of `Client.changes_shared`.

    - `id`: its name, and what tells this start from others.
    - `capacity`: how much it takes compared with the others; 0 while it hands everything over.
    - `drives`: how many drives it has.
    """

    id: str
    capacity: int
    drives: int


@dataclass(frozen=True)
class OwnedDrive(Generic[C_co, Item_co]):
    """A drive that this process follows, of a stream of `Client.changes_shared`.

    - `client`: the client of its user.
    - `resource`: the drive.
    - `state`: what `Changes.state` says, or `"refused"`: Graph or its credential refuses it.
    - `error`: why it is refused.
    - `epoch`: that of the batches, while this process follows it.
    - `stats`: the counters of its stream, since this process follows it.
    """

    client: C_co
    resource: Resource[Item_co]
    state: ChangesState | Literal["refused"]
    error: Error | None
    epoch: int
    stats: ChangesStats

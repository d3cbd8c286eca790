"""Judges a fleet by what the simulator and NATS have recorded. Nothing here starts or waits."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from proof.graph import Edit, Watch
from proof.observer import Arrival, Behind, Completed, Fence, Progress

DELETED = 1 << 62


def version(state: str | None) -> int:
    """The number in an eTag. No state follows a deletion, because no id is used again."""
    return DELETED if state is None else int(state.strip('"').rpartition(",")[2])


@dataclass(frozen=True)
class Delivery:
    """What became of the editor's changes."""

    edits: int
    lost: list[Edit]
    """Neither they nor a later state of their item came, or the table that a consumer keeps has at
    last another state than the drive."""
    superseded: int
    """A later state arrived instead: the drive was looked at after both."""
    doubled: list[Arrival]
    """The state of an edited item arrived again, under another message id and in no enumeration."""
    backwards: list[Arrival]
    """An older state arrived after a newer one."""
    delays: list[float]
    """From each edit to its arrival in the stream, in seconds, shortest first."""


class Told(NamedTuple):
    """The stream has told a state of an item."""

    at: float
    state: str | None


@dataclass
class Table:
    """What a consumer knows of the edited items of a drive."""

    edited: dict[str, list[Edit]] = field(default_factory=lambda: defaultdict(list))
    told: dict[str, list[Told]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, Arrival] = field(default_factory=dict)

    def take(self, arrival: Arrival) -> None:
        self.told[arrival.item].append(Told(arrival.at, arrival.state))
        if arrival.state is None:
            self.rows.pop(arrival.item, None)
        else:
            self.rows[arrival.item] = arrival

    def sweep(self, completed: Completed) -> None:
        """Removes the rows that this snapshot has not brought. So it tells of deletions that have
        no message of their own, also of items of which nothing was told before."""
        for item, row in list(self.rows.items()):
            if row.snapshot < completed.snapshot:
                del self.rows[item]
        for item, edits in self.edited.items():
            is_deleted = edits[-1].state is None and edits[-1].at <= completed.at
            if is_deleted and item not in self.rows:
                self.told[item].append(Told(completed.at, None))

    def knows(self, item: str) -> bool:
        """Whether it has the last state of an item, which a deleted one has from the beginning."""
        row = self.rows.get(item)
        return (row and row.state) == self.edited[item][-1].state


def delivery(
    edits: Iterable[Edit], arrivals: Iterable[Arrival], completed: Iterable[Completed]
) -> Delivery:
    """`arrivals` must be in the order of the stream, each message id once."""
    tables: dict[str, Table] = defaultdict(Table)
    for edit in edits:
        tables[edit.drive].edited[edit.item].append(edit)
    doubled, backwards = [], []
    seen: set[tuple[str, str, str | None]] = set()
    stream: list[Arrival | Completed] = [*arrivals, *completed]
    for each in sorted(stream, key=lambda it: it.sequence):
        table = tables[each.drive]
        if isinstance(each, Completed):
            table.sweep(each)
        elif each.item in table.edited:
            before = table.told[each.item]
            state = (each.drive, each.item, each.state)
            if not each.initial:
                if state in seen:
                    doubled.append(each)
                elif before and version(each.state) < version(before[-1].state):
                    backwards.append(each)
            seen.add(state)
            table.take(each)
    lost, superseded, delays = [], 0, []
    for table in tables.values():
        for item, changes in table.edited.items():
            told = table.told[item]
            exact = {it.state for it in told}
            for edit in changes:
                wanted = version(edit.state)
                known = next((it for it in told if version(it.state) >= wanted), None)
                if known is None or (edit is changes[-1] and not table.knows(item)):
                    lost.append(edit)
                    continue
                superseded += edit.state not in exact
                delays.append(known.at - edit.at)
    count = sum(len(changes) for table in tables.values() for changes in table.edited.values())
    return Delivery(count, lost, superseded, doubled, backwards, sorted(delays))


def gone_back(
    checkpoints: Mapping[str, Sequence[Progress]],
) -> list[tuple[str, Progress, Progress]]:
    """The drives whose checkpoint has once got a lower number, or an older epoch."""
    pairs = (
        (drive, before, after)
        for drive, history in checkpoints.items()
        for before, after in pairwise(history)
    )
    return [
        (drive, before, after)
        for drive, before, after in pairs
        if after.sequence < before.sequence or after.epoch < before.epoch
    ]


def unordered_fences(fences: Mapping[str, Sequence[Fence]]) -> list[str]:
    """The partitions with a fence that is not newer than the one before."""
    return [
        partition
        for partition, history in fences.items()
        if any(a.epoch >= b.epoch for a, b in pairwise(history))
    ]


class Trespass(NamedTuple):
    """A change that was stored although its fence was not the last one of its partition."""

    sequence: int
    behind: Behind
    standing: int
    """The sequence of the fence that stood there; 0 if there was none."""


def trespasses(
    changes: Iterable[tuple[int, Behind]], fences: Mapping[str, Sequence[Fence]]
) -> list[Trespass]:
    """`changes` has each change's sequence in the stream, and its fence."""
    found = []
    for sequence, behind in changes:
        history = fences.get(behind.partition, ())
        index = bisect_left(history, sequence, key=lambda fence: fence.at)
        standing = history[index - 1].at if index else 0
        if behind.fence != standing or standing == 0:
            found.append(Trespass(sequence, behind, standing))
    return found


class Gap(NamedTuple):
    """A time in which nobody watched a drive."""

    drive: str
    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


def gaps(
    watching: Iterable[Watch], end: float, paused: Mapping[str, float] | None = None
) -> list[Gap]:
    """When drives were not watched.

    A drive is watched while a socket hears of it, and once somebody has asked for its changes since
    the last socket left: from then on, nothing that happened in between can be missed. Before its
    first socket, a drive has no gap.

    A worker that is paused keeps its sockets, and hears nothing: `paused` names its drives, and
    since when. They are watched again by sockets and queries that came later.
    """
    sockets: dict[str, int] = defaultdict(int)
    open_gaps: dict[str, float] = {}
    joined: dict[str, float] = {}
    queried: dict[str, float] = {}
    pauses = dict(paused or {})
    deaf: dict[str, int] = {}
    found = []
    for at, what, drive in watching:
        if drive in pauses and at >= pauses[drive]:
            begin = pauses.pop(drive)
            deaf[drive] = sockets[drive]
            sockets[drive] = 0
            open_gaps.setdefault(drive, begin)
            joined.pop(drive, None)
            queried.pop(drive, None)
        if what == "joined":
            sockets[drive] += 1
            joined[drive] = at
        elif what == "queried":
            queried[drive] = at
        elif deaf.get(drive, 0) > 0:
            deaf[drive] -= 1
        elif sockets[drive] > 0:
            sockets[drive] -= 1
            if sockets[drive] == 0:
                open_gaps.setdefault(drive, at)
                joined.pop(drive, None)
                queried.pop(drive, None)
        if drive in open_gaps and drive in joined and drive in queried:
            begin = open_gaps.pop(drive)
            found.append(Gap(drive, begin, max(joined[drive], queried[drive])))
    for drive, begin in pauses.items():
        open_gaps.setdefault(drive, begin)
    found += [Gap(drive, begin, end) for drive, begin in open_gaps.items()]
    return found


def begun(
    gaps: Iterable[Gap], moment: float, drives: frozenset[str], within: float = 3.0
) -> list[Gap]:
    """The gaps of these drives that began with an event, which the simulator sees a bit later."""
    return [gap for gap in gaps if gap.drive in drives and moment <= gap.begin <= moment + within]


def percentile(ordered: Sequence[float], share: float) -> float:
    """Of values in order; 0 if there is none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""Judges a fleet by what the simulator and NATS have recorded. Nothing here starts or waits."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from proof.graph import Edit, Watch
from proof.observer import Arrival, Behind, Fence, Progress

DELETED = 1 << 62


def version(state: str | None) -> int:
    """The number in an eTag. No state follows a deletion, because no id is used again."""
    return DELETED if state is None else int(state.strip('"').rpartition(",")[2])


@dataclass(frozen=True)
class Delivery:
    """What became of the editor's changes."""

    edits: int
    lost: list[Edit]
    """Neither they nor a later state of their item arrived."""
    superseded: int
    """A later state arrived instead: the drive was looked at after both."""
    doubled: list[Arrival]
    """The state of an edited item arrived again, under another message id and in no enumeration."""
    backwards: list[Arrival]
    """An older state arrived after a newer one."""
    delays: list[float]
    """From each edit to its arrival in the stream, in seconds, shortest first."""


def delivery(edits: Iterable[Edit], arrivals: Iterable[Arrival]) -> Delivery:
    """`arrivals` must be in the order of the stream, each message id once."""
    by_item: dict[tuple[str, str], list[Arrival]] = defaultdict(list)
    edited = defaultdict(list)
    for edit in edits:
        edited[edit.drive, edit.item].append(edit)
    doubled, backwards = [], []
    seen: set[tuple[str, str, str | None]] = set()
    for arrival in arrivals:
        key = (arrival.drive, arrival.item)
        if key not in edited:
            continue
        before = by_item[key]
        if not arrival.initial:
            if (*key, arrival.state) in seen:
                doubled.append(arrival)
            elif before and version(arrival.state) < version(before[-1].state):
                backwards.append(arrival)
        seen.add((*key, arrival.state))
        before.append(arrival)
    lost, superseded, delays = [], 0, []
    for key, changes in edited.items():
        came = by_item[key]
        exact = {arrival.state for arrival in came}
        for edit in changes:
            wanted = version(edit.state)
            arrived = next((it for it in came if version(it.state) >= wanted), None)
            if arrived is None:
                lost.append(edit)
                continue
            superseded += edit.state not in exact
            delays.append(arrived.at - edit.at)
    count = sum(len(changes) for changes in edited.values())
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

"""What a scene with a fleet has shown: as a table to read, and as a verdict."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proof import judgement
from proof.fleet import Fleet, now
from proof.graph import Edit
from proof.judgement import Delivery, Gap, Trespass, percentile

LONGEST_GAP = 20.0
"""Seconds for which a drive may be unwatched, whatever happens to one worker."""


@dataclass(frozen=True)
class Loss:
    """A worker is no longer there."""

    at: float
    """In seconds since the Unix epoch."""
    drives: frozenset[str]
    """Those that it followed."""


@dataclass(frozen=True)
class Report:
    delivery: Delivery
    overlooked: list[Edit]
    """Lost changes of drives that somebody has asked for changes since: a worker has had them."""
    gaps: list[Gap]
    losses: list[Loss]
    gone_back: Sequence[object]
    trespasses: list[Trespass]
    unordered_fences: list[str]
    fences: int
    repeats: int
    """Messages with an id that was in the stream before."""
    dropped: int
    """Repeats that JetStream dropped, as far as living workers have counted them."""
    refused: int
    """Messages of fenced workers that NATS refused, likewise."""

    @property
    def takeovers(self) -> list[float]:
        """For how long each drive of a lost worker was not watched, in seconds, shortest first."""
        lost = (judgement.begun(self.gaps, loss.at, loss.drives) for loss in self.losses)
        return sorted(gap.seconds for gaps in lost for gap in gaps)

    def check(self, longest_gap: float = LONGEST_GAP) -> None:
        """Raises unless nothing was lost, doubled, moved back, or accepted of a fenced worker."""
        found = self.delivery
        assert found.edits > 0
        assert not found.lost, (
            f"{len(found.lost)} of {found.edits} are lost, and a worker has had "
            f"{len(self.overlooked)} of them: {found.lost[:5]}"
        )
        assert not found.doubled, f"{len(found.doubled)} came twice: {found.doubled[:5]}"
        assert not found.backwards, f"{len(found.backwards)} came late: {found.backwards[:5]}"
        assert not self.gone_back, f"checkpoints went back: {self.gone_back[:5]}"
        assert self.fences > 0
        assert not self.unordered_fences, f"fences without a newer epoch: {self.unordered_fences}"
        assert not self.trespasses, f"accepted from fenced workers: {self.trespasses[:5]}"
        longest = max((gap.seconds for gap in self.gaps), default=0.0)
        assert longest <= longest_gap, f"a drive was not watched for {longest:.1f} s"

    def rows(self) -> dict[str, str]:
        """For the table."""
        takeovers = self.takeovers
        delays = self.delivery.delays
        return {
            "workers lost": f"{len(self.losses)}",
            "drives taken over": f"{len(takeovers)}",
            "takeover p50": f"{percentile(takeovers, 0.5):.1f} s",
            "takeover p99": f"{percentile(takeovers, 0.99):.1f} s",
            "takeover max": f"{max(takeovers, default=0):.1f} s",
            "longest time unwatched": f"{max((it.seconds for it in self.gaps), default=0):.1f} s",
            "changes": f"{self.delivery.edits}",
            "lost": f"{len(self.delivery.lost)}",
            "lost, though a worker has had them": f"{len(self.overlooked)}",
            "superseded by a later state": f"{self.delivery.superseded}",
            "change to stream p50": f"{percentile(delays, 0.5):.2f} s",
            "change to stream p99": f"{percentile(delays, 0.99):.2f} s",
            "change to stream max": f"{max(delays, default=0):.1f} s",
            "doubled after dropping repeats": f"{len(self.delivery.doubled)}",
            "repeats dropped by JetStream": f"{self.dropped}",
            "repeats left in the stream": f"{self.repeats}",
            "checkpoints that went back": f"{len(self.gone_back)}",
            "fences": f"{self.fences}",
            "messages of fenced workers refused": f"{self.refused}",
            "messages of fenced workers accepted": f"{len(self.trespasses)}",
        }


async def report(fleet: Fleet, losses: Sequence[Loss] = (), paused: Loss | None = None) -> Report:
    """Of everything so far. Waits until the observer has read it."""
    observer = fleet.observer
    edits, watching = await asyncio.gather(
        asyncio.to_thread(fleet.graph.edits), asyncio.to_thread(fleet.graph.watching)
    )
    delivered = await fleet.delivery(edits)
    deaf = dict.fromkeys(paused.drives, paused.at) if paused else None
    counters = [worker.metrics() for worker in fleet.workers if worker.is_running()]
    looked = {watch.drive: watch.at for watch in watching if watch.what == "queried"}
    return Report(
        delivery=delivered,
        overlooked=[edit for edit in delivered.lost if looked.get(edit.drive, 0) > edit.at],
        gaps=judgement.gaps(watching, now(), deaf),
        losses=list(losses),
        gone_back=judgement.gone_back(observer.checkpoints),
        trespasses=judgement.trespasses(observer.behind, observer.fences),
        unordered_fences=judgement.unordered_fences(observer.fences),
        fences=sum(len(history) for history in observer.fences.values()),
        repeats=sum(count - 1 for count in observer.ids.values()),
        dropped=total(counters, "drivebell_fleet_messages_repeated_total"),
        refused=total(counters, "drivebell_fleet_messages_fenced_total"),
    )


def total(counters: Sequence[Mapping[str, float]], name: str) -> int:
    return int(sum(each.get(name, 0) for each in counters))


def table(title: str, columns: Mapping[str, Mapping[str, str]]) -> str:
    """Markdown, with a column for each scene."""
    names = list(dict.fromkeys(name for rows in columns.values() for name in rows))
    lines = [
        f"| {title} | {' | '.join(columns)} |",
        f"|---|{'---:|' * len(columns)}",
        *(
            f"| {name} | {' | '.join(rows.get(name, '') for rows in columns.values())} |"
            for name in names
        ),
    ]
    return "\n".join(lines)

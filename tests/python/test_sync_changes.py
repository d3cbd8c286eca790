"""`drivebell.sync`: streams of changes, consumed by threads.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import drivebell
import pytest
from change_streams import IDLE, QUICK, allow_push, seeded
from deadline import DEADLINE
from drivebell import ChangeBatch, DriveItem, Lifecycle, Resource
from drivebell.sync import Changes, Client
from mark_and_sweep import Copy, truth
from session import HURRIED
from threads import soon, start_thread, until

from simulator import TOKEN, Simulator

MINE = Resource.my_drive()


@contextmanager
def changes_of(simulator: Simulator, **options: Any) -> Iterator[Changes]:
    with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.changes(MINE, since="start", **IDLE | options) as changes,
    ):
        yield changes


def batch_with(changes: Changes, name: str) -> ChangeBatch:
    """The batch in which the item of this name comes."""

    def find() -> ChangeBatch:
        return next(batch for batch in changes if name in [item.name for item in batch.items])

    return soon(find)


def event_of(events: Iterator[Lifecycle], kind: str) -> Lifecycle:
    """Takes events up to the first one of this kind."""
    return soon(lambda: next(event for event in events if event.kind == kind))


def test_changes_resume_from_a_checkpoint() -> None:
    """Needs our simulator: the drives of the other server are empty."""
    mirror = Copy()

    def follow(since: str) -> None:
        with (
            Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
            client.changes(MINE, since=since, **QUICK) as changes,
        ):
            assert changes.resource == MINE
            while truth(simulator) != mirror.rows:
                mirror.apply(soon(lambda: next(changes)))

    with seeded(300, "--page-size", "60") as simulator:
        follow("start")
        assert len(mirror.batches) > 3
        simulator.upload("while-away.txt")
        before = len(mirror.batches)
        follow(mirror.checkpoint)
        items = [item for batch in mirror.batches[before:] for item in batch.items]
        assert "while-away.txt" in [item.name for item in items if isinstance(item, DriveItem)]
        assert len(items) < 300


def test_closing_changes_wakes_the_thread_that_waits() -> None:
    with (
        seeded(10) as simulator,
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
    ):
        changes = client.changes(MINE, since="now", **QUICK)
        waiting = start_thread(lambda: list(changes))
        until(lambda: simulator.connected() == 1)
        soon(changes.close)
        waiting.result(DEADLINE)
        assert "closed" in repr(changes)


def test_events_are_read_by_another_thread() -> None:
    with seeded(10) as simulator, changes_of(simulator) as changes:
        events = changes.events()
        seen = start_thread(lambda: [event.kind for event in events])
        soon(lambda: next(changes))
        until(lambda: changes.state == "live")
        simulator.fault("cut", on="socket")
        until(lambda: changes.stats().reconnects == 1)
        for other in (events, changes.events()):
            with pytest.raises(drivebell.StateError, match="another thread"):
                next(other)
        soon(changes.close)
        assert seen.result(DEADLINE)[:2] == ["connected", "disconnected"]
        assert changes.state == "closed"
        assert changes.stats().batches == 1


def test_another_thread_wakes_the_stream() -> None:
    with seeded(10) as simulator, changes_of(simulator, push="off") as changes:
        soon(lambda: next(changes))
        simulator.upload("new.txt")
        waiting = start_thread(lambda: next(changes))
        changes.hint()
        batch = waiting.result(DEADLINE)
        assert batch.trigger == "hint"
        assert "new.txt" in [item.name for item in batch.items]
        assert (changes.state, changes.stats().hints) == ("polling", 1)
        soon(changes.close)
        with pytest.raises(drivebell.StateError):
            changes.hint()


def test_refused_push_is_an_event_or_the_end() -> None:
    with seeded(10) as simulator:
        allow_push(simulator, allowed=False)
        with changes_of(simulator, poll_interval=0.1) as changes:
            events = changes.events()
            refused = event_of(events, "push_refused")
            assert isinstance(refused.error, drivebell.AccessDeniedError)
            assert refused.retry_in is not None
            soon(lambda: next(changes))
            assert changes.state == "polling"
            allow_push(simulator, allowed=True)
            event_of(events, "connected")
            until(lambda: changes.state == "live")
            simulator.upload("announced.txt")
            batch_with(changes, "announced.txt")
        allow_push(simulator, allowed=False)
        with changes_of(simulator, push="required") as changes:
            with pytest.raises(drivebell.AccessDeniedError):
                soon(lambda: next(changes))
            assert soon(lambda: [event.kind for event in changes.events()]) == ["ended"]


def test_a_start_that_takes_too_long_is_an_error() -> None:
    with seeded(1) as simulator:
        simulator.kill()
        with (
            changes_of(simulator, start_timeout=0.2) as changes,
            pytest.raises(drivebell.ConnectionFailedError),
        ):
            soon(lambda: next(changes))


def test_many_resources_come_in_one_stream() -> None:
    team, gone = Resource.drive("b!team"), Resource.drive("b!gone")
    with (
        seeded(5) as simulator,
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.changes_all([MINE], since="now", **IDLE) as changes,
    ):
        assert soon(lambda: next(changes)).resource == MINE
        changes.add(team, since="now")
        changes.add(gone, since="now")
        others = [soon(lambda: next(changes)) for _ in range(2)]
        assert {batch.resource: batch.error is None for batch in others} == {
            team: True,
            gone: False,
        }
        assert event_of(changes.events(), "ended").resource == gone
        assert changes.remove(gone)
        until(lambda: changes.stats().live == 2)
        waiting = start_thread(lambda: next(changes))
        simulator.upload("new.txt", drive="b!team")
        batch = waiting.result(DEADLINE)
        assert (batch.resource, batch.client) == (team, client)
        assert repr(changes) == "<drivebell.sync.ChangesSet members=2 live=2>"
        waiting = start_thread(lambda: next(changes))
        until(lambda: changes.state(team) == "live")
        soon(changes.close)
        with pytest.raises(StopIteration):
            waiting.result(DEADLINE)
        with pytest.raises(drivebell.StateError):
            changes.hint(MINE)


def test_ready_waits_for_the_end_of_the_first_enumeration() -> None:
    with seeded(60, "--page-size", "20") as simulator:
        with changes_of(simulator) as changes:
            ready = start_thread(changes.ready)
            assert not soon(lambda: next(changes)).caught_up
            assert not ready.done()
            soon(lambda: next(batch for batch in changes if batch.caught_up))
            ready.result(DEADLINE)
        with changes_of(simulator) as changes:
            ready = start_thread(changes.ready)
        with pytest.raises(drivebell.StateError, match="closed before its first enumeration"):
            ready.result(DEADLINE)

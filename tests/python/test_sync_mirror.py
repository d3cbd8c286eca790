"""`drivebell.sync`: mirrors, consumed by threads.

These tests need our simulator: the drives of the other server are empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import drivebell
import pytest
from change_streams import QUICK, seeded
from deadline import DEADLINE
from drivebell import Change, InvalidArgumentError, Lifecycle, MemberEnd, Resource, StateError
from drivebell.sync import Client, Mirror
from mirrored_drives import MINE, put, rename, true_paths
from replay import Replay, record_of
from session import HURRIED
from threads import soon, start_thread, until

from simulator import TOKEN, Simulator

TEAM = Resource.drive("b!team")
GONE = Resource.drive("b!gone")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "drive.db"


@contextmanager
def mirror_of(simulator: Simulator, file: Path, **options: Any) -> Iterator[Mirror]:
    with (
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.mirror(MINE, file, **QUICK | options) as mirror,
    ):
        yield mirror


def event_of(events: Iterator[Lifecycle], kind: str) -> Lifecycle:
    return soon(lambda: next(event for event in events if event.kind == kind))


def test_a_mirror_follows_its_drive_across_restarts(file: Path) -> None:
    with seeded(100, "--page-size", "30") as simulator:
        replay = Replay()

        def follow(mirror: Mirror) -> None:
            while true_paths(simulator) != replay.paths:
                replay.apply(record_of(soon(lambda: next(mirror))))

        with mirror_of(simulator, file) as mirror:
            follow(mirror)
            assert (mirror.resource, len(replay.records)) == (MINE, 100)
            soon(mirror.ready)
            last = replay.records[-1]
        path = next(path for path in replay.paths if path.endswith(".txt"))
        rename(simulator, path, "renamed.txt")
        with mirror_of(simulator, file) as mirror:
            again = soon(lambda: next(mirror))
            assert record_of(again) == last
            follow(mirror)
            assert replay.records[-1]["kind"] == "renamed"
            assert {path: item.id for path, item in mirror.walk()} == true_paths(simulator)
            assert repr(mirror).startswith("<drivebell.sync.Mirror /me/drive/root ")


def test_batches_come_from_the_same_stream(file: Path) -> None:
    with seeded(50) as simulator, mirror_of(simulator, file) as mirror:
        soon(mirror.ready)
        first = soon(lambda: next(mirror))
        rest = soon(lambda: next(mirror.batches()))
        assert isinstance(rest, list)
        assert [change.sequence for change in [first, *rest]] == list(range(1, len(rest) + 2))


def test_trees_are_read_by_many_threads(file: Path) -> None:
    with seeded(500) as simulator, mirror_of(simulator, file, initial="silent") as mirror:
        soon(mirror.ready)
        truth = true_paths(simulator)
        below = sum(path.startswith("/folder-00001/") for path in truth)
        assert below > 10

        def read() -> None:
            for path, item in truth.items():
                found = mirror.get(path)
                assert found is not None
                assert found.id == item
                assert mirror.path(item) == path
            assert sum(1 for _ in mirror.walk("/folder-00001")) == below

        reading = [start_thread(read) for _ in range(4)]
        waiting = start_thread(lambda: next(mirror))
        put(simulator, "/new.txt")
        assert waiting.result(DEADLINE).path == "/new.txt"
        for thread in reading:
            thread.result(DEADLINE)


def test_one_thread_waits_and_closing_wakes_it(file: Path) -> None:
    with seeded(1) as simulator, mirror_of(simulator, file, initial="silent") as mirror:
        soon(mirror.ready)
        events = mirror.events()
        event_of(events, "connected")
        waiting = start_thread(lambda: list(mirror))
        until(mirror._waiting.locked)
        with pytest.raises(StateError):
            soon(lambda: [next(mirror), next(mirror)])
        soon(mirror.close)
        assert waiting.result(DEADLINE) == []
        assert soon(lambda: [event.kind for event in events]) == []
        assert mirror.state == "closed"
        with pytest.raises(StateError):
            mirror.hint()
        soon(mirror.close)


def test_another_thread_wakes_the_mirror(file: Path) -> None:
    with seeded(1) as simulator:
        idle = {"push": "off", "poll_interval": 60, "lag_delays": [], "overlap": 0}
        with mirror_of(simulator, file, initial="silent", **idle) as mirror:
            until(lambda: mirror.state == "polling")
            put(simulator, "/new.txt")
            waiting = start_thread(lambda: next(mirror))
            mirror.hint()
            assert waiting.result(DEADLINE).trigger == "hint"


def test_an_error_is_raised_by_all_who_wait(file: Path) -> None:
    with (
        seeded(1) as simulator,
        Client("another-token", base_url=simulator.base_url, **HURRIED) as client,
        client.mirror(MINE, file) as mirror,
    ):
        ready = start_thread(mirror.ready)
        with pytest.raises(drivebell.AuthenticationError):
            soon(lambda: next(mirror))
        with pytest.raises(drivebell.AuthenticationError):
            ready.result(DEADLINE)
        assert soon(lambda: list(mirror)) == []


def test_a_bad_file_is_refused(tmp_path: Path) -> None:
    client = Client(TOKEN, base_url="http://127.0.0.1:9")
    for call in (client.mirror, lambda it, file: client.mirror_all([it], file)):
        with pytest.raises(InvalidArgumentError) as raised:
            call(MINE, tmp_path)
        assert raised.value.argument == "file"
        with pytest.raises(drivebell.StorageError) as failed:
            call(MINE, tmp_path / "no" / "drive.db")
        assert failed.value.code == "inaccessible"
    client.close()


def test_many_drives_come_in_one_stream(file: Path) -> None:
    with (
        seeded(2, "--seed", "b!team=3") as simulator,
        Client(TOKEN, base_url=simulator.base_url, **HURRIED) as client,
        client.mirror_all([MINE], file, **QUICK) as mirrors,
    ):
        soon(mirrors.ready)
        mirrors.add(TEAM)
        mirrors.add(GONE)
        soon(lambda: mirrors.ready(TEAM))
        come = [soon(lambda: next(mirrors)) for _ in range(6)]
        (end,) = [it for it in come if isinstance(it, MemberEnd)]
        assert (end.resource, end.client) == (GONE, client)
        changes = [it for it in come if isinstance(it, Change)]
        assert sorted(change.sequence for change in changes if change.resource == TEAM) == [1, 2, 3]
        assert event_of(mirrors.events(), "ended").resource == GONE
        assert mirrors.remove(GONE)
        assert {path: item.id for path, item in mirrors.tree(TEAM).walk()} == true_paths(
            simulator, "b!team"
        )
        assert repr(mirrors) == "<drivebell.sync.MirrorSet members=2>"
        waiting = start_thread(lambda: next(mirrors.batches()))
        put(simulator, "/new.txt", drive="b!team")
        batch = waiting.result(DEADLINE)
        assert isinstance(batch, list)
        assert (batch[0].resource, batch[0].client) == (TEAM, client)
        waiting = start_thread(lambda: next(mirrors.batches()))
        until(lambda: mirrors.state(TEAM) == "live")
        soon(mirrors.close)
        with pytest.raises(StopIteration):
            waiting.result(DEADLINE)
        with pytest.raises(StateError):
            mirrors.add(TEAM)

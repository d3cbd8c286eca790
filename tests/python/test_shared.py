"""Streams of changes that clients share over one store, as if they were processes."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import drivebell
import pytest
from change_streams import IDLE
from checkpoint_stores import AsyncDictStore, DictStore, interrupted
from deadline import eventually, soon
from drivebell import (
    Client,
    DriveItem,
    InvalidArgumentError,
    MemoryStore,
    OwnedDrive,
    Resource,
    SharedBatch,
    SharedChanges,
    SharedRefusal,
    StateError,
    sync,
)
from session import HURRIED

from simulator import TOKEN, Simulator

DRIVES = [Resource.drive(f"b!{number}") for number in range(10)]
SHORT: dict[str, Any] = IDLE | {"lease_time": 0.5}


def simulator(*options: str) -> Simulator:
    drives = [option for number in range(10) for option in ("--drive", f"b!{number}")]
    return Simulator(options=(*drives, *options))


@asynccontextmanager
async def shared(
    service: Simulator, store: Any, drives: Iterable[Resource] = DRIVES, **options: Any
) -> AsyncIterator[SharedChanges]:
    async with (
        Client(TOKEN, base_url=service.base_url, **HURRIED) as client,
        client.changes_shared(drives, store, since="start", **SHORT | options) as changes,
    ):
        yield changes


async def next_batch(changes: SharedChanges) -> SharedBatch:
    batch = await soon(anext(changes))
    assert isinstance(batch, SharedBatch), batch
    return batch


def owners(store: DictStore) -> set[str]:
    return {row["owner"] for row in store.records.values() if "owner" in row}


class Told:
    """Reads streams, and keeps which items came from which drive, and with which client."""

    def __init__(self) -> None:
        self.names: dict[Resource, set[str | None]] = {}
        self.tasks: list[asyncio.Task[None]] = []

    def read(self, changes: SharedChanges) -> None:
        self.tasks.append(asyncio.ensure_future(self._read(changes)))

    async def _read(self, changes: SharedChanges) -> None:
        async for batch in changes:
            assert batch.error is None, batch
            names = self.names.setdefault(batch.resource, set())
            names.update(item.name for item in batch.items)

    def has(self, name: str) -> bool:
        return all(name in self.names.get(drive, ()) for drive in DRIVES)


def upload_everywhere(service: Simulator, name: str) -> None:
    for number in range(10):
        service.upload(name, drive=f"b!{number}")
        service.notify(drive=f"b!{number}")


@pytest.mark.parametrize("make", [MemoryStore, DictStore, AsyncDictStore])
async def test_two_share_ten_drives_and_one_takes_over(make: Any) -> None:
    store, told = make(), Told()
    options: dict[str, Any] = {"poll_interval": 0.3, "live_timeout": 0.5}
    with simulator() as service:
        async with shared(service, store, worker="left", **options) as left:
            told.read(left)
            async with shared(service, store, worker="right", **options) as right:
                told.read(right)

                def halves() -> list[set[Resource]]:
                    return [{it.resource for it in each.owned()} for each in (left, right)]

                await eventually(
                    lambda: (
                        [len(half) for half in halves()] == [5, 5]
                        and set().union(*halves()) == set(DRIVES)
                    )
                )
                upload_everywhere(service, "both.txt")
                await eventually(lambda: told.has("both.txt"))
                shown = sorted([(left.worker, 100, 5), (right.worker, 100, 5)])
                await eventually(
                    lambda: [(it.id, it.capacity, it.drives) for it in left.workers()] == shown
                )
                assert left.worker.startswith("left-")
                assert (len(left), len(left.members())) == (10, 10)
            # It has handed them over.
            stats = right.stats()
            await eventually(lambda: len(left.owned()) == 10)
            assert left.stats().received >= 5
            assert stats.drives == 10
            assert stats.listed_at is not None
            upload_everywhere(service, "alone.txt")
            await eventually(lambda: told.has("alone.txt"))
            assert repr(left) == f"<drivebell.SharedChanges {left.worker} drives=10 owned=10>"
        await asyncio.gather(*told.tasks)


async def test_a_batch_is_done_when_the_next_one_is_asked_for() -> None:
    store = DictStore()

    def checkpoints() -> list[str]:
        return [row["checkpoint"] for key, row in store.records.items() if len(key) == 2]

    with simulator() as service:
        async with shared(service, store, DRIVES[:1]) as changes:
            first = await next_batch(changes)
            assert (first.resource, first.sequence, first.error) == (DRIVES[0], 0, None)
            assert first.epoch > 0
            assert checkpoints() == [""]
            waiting = asyncio.ensure_future(anext(changes))
            await eventually(lambda: checkpoints() == [first.checkpoint])
            waiting.cancel()
            await asyncio.wait([waiting])
            service.upload("again.txt", drive="b!0")
            service.notify(drive="b!0")
            with suppress(LookupError):
                async for batch in changes:
                    assert "again.txt" in [item.name for item in batch.items]
                    raise LookupError("the body")
        assert checkpoints() == [first.checkpoint]
        async with shared(service, store, DRIVES[:1]) as changes:
            batch = await next_batch(changes)
            assert "again.txt" in [item.name for item in batch.items]
            assert batch.sequence == 1
            assert batch.epoch > first.epoch
            assert repr(batch).startswith("<drivebell.SharedBatch /drives/b!0/root items=")
            changes.done()
        assert checkpoints() == [batch.checkpoint]


async def test_a_batch_that_came_while_nobody_waited_is_not_done() -> None:
    store = DictStore()
    with simulator() as service:
        async with shared(service, store, DRIVES[:1]) as changes:
            # As a wait that is cancelled at the moment at which the batch comes.
            woken = asyncio.Event()
            assert not changes._native.arm(asyncio.get_running_loop(), woken.set)
            await soon(woken.wait())
            changes.done()
        sequences = [row["sequence"] for key, row in store.records.items() if len(key) == 2]
        assert sequences == [0]


async def test_a_stop_event_ends_the_loop_after_the_batch_is_done() -> None:
    store, stop = DictStore(), asyncio.Event()
    with simulator() as service:
        async with shared(service, store, DRIVES[:1], stop_event=stop) as changes:
            async for _ in changes:
                stop.set()
        assert store.records["/drives/b!0/root", "/drives/b!0/root"]["sequence"] == 1


async def test_a_refused_drive_is_reported_and_tried_again() -> None:
    gone = Resource.drive("b!gone")
    with simulator() as service:
        async with shared(service, MemoryStore(), [gone], refused_retry=0.2) as changes:
            for _ in range(2):
                refusal = await soon(anext(changes))
                assert isinstance(refusal, SharedRefusal)
                assert isinstance(refusal, drivebell.MemberEnd)
                assert isinstance(refusal.error, drivebell.NotFoundError)
                assert (refusal.resource, refusal.items) == (gone, ())
                assert (refusal.epoch, refusal.sequence) == (None, None)
                assert repr(refusal).startswith("<drivebell.SharedRefusal /drives/b!gone/root")
        async with shared(service, MemoryStore(), [gone]) as changes:
            await soon(anext(changes))
            (drive,) = changes.owned()
            assert isinstance(drive, OwnedDrive)
            assert (drive.state, drive.resource) == ("refused", gone)
            assert isinstance(drive.error, drivebell.NotFoundError)


async def test_drives_of_other_users_come_and_go() -> None:
    mine = Resource.my_drive()
    users = ("--user", "token-of-alex=b!alex", "--user", "token-of-kim=b!kim")
    with Simulator(options=users) as service:
        alex = Client("token-of-alex", base_url=service.base_url, label="alex", **HURRIED)
        kim = alex.with_credential("token-of-kim", label="kim")
        unnamed = alex.with_credential("token-of-kim", label="alex")
        store = DictStore()
        async with alex, kim, alex.changes_shared({}, store, **SHORT) as changes:
            assert (len(changes), bool(changes)) == (0, True)
            changes.add(mine, since="start")
            changes.add(mine, since="start", client=kim)
            changes.add(mine, since="start", client=kim)
            batches = [await next_batch(changes) for _ in range(2)]
            assert {batch.client for batch in batches} == {alex, kim}
            assert sorted(it[0].label or "" for it in changes.members()) == ["alex", "kim"]
            with pytest.raises(InvalidArgumentError) as caught:
                changes.add(mine, since="now", client=kim)
            assert caught.value.argument == "since"
            with pytest.raises(InvalidArgumentError) as caught:
                changes.add(mine, since="start", client=unnamed)
            assert caught.value.argument == "client"
            # A batch that is being handled keeps its drive.
            changes.done()
            assert changes.remove(mine, client=kim)
            assert not changes.remove(mine, client=kim)
            # Another process may have it now, and goes on from its checkpoint.
            key = "kim /me/drive/root"
            await eventually(lambda: store.records[(key,)]["owner"] == "")
            row = store.records[key, key]
            changes.add(mine, since="start", client=kim)
            service.upload("again.txt", drive="b!kim")
            while (batch := await next_batch(changes)).client is not kim:
                pass
            assert batch.sequence >= row["sequence"]
        assert ("kim /me/drive/root",) in store.records
        with pytest.raises(StateError):
            changes.add(mine, since="start")


async def test_a_store_that_is_away_loses_nothing() -> None:
    is_away = [False]
    failed = []

    def around(name: str, call: Any) -> Any:
        if is_away[0]:
            failed.append(name)
            raise ConnectionError("the database is away")
        return call()

    told = Told()
    with simulator() as service:
        store = interrupted(DictStore(), around)
        async with shared(service, store, poll_interval=0.3, live_timeout=0.5) as changes:
            told.read(changes)
            # Each is followed, and not only owned.
            await eventually(lambda: len(told.names) == 10)
            is_away[0] = True
            upload_everywhere(service, "away.txt")
            # Whichever of the calls about ownership is due first.
            about_ownership = {"list_ownership", "claim_ownership"}
            await eventually(
                lambda: "update_checkpoint" in failed and not about_ownership.isdisjoint(failed)
            )
            assert len(changes.owned()) == 10
            is_away[0] = False
            await eventually(lambda: told.has("away.txt"))
        await asyncio.gather(*told.tasks)


async def test_it_tells_what_its_drives_go_through() -> None:
    with simulator() as service:
        async with shared(service, MemoryStore(), DRIVES[:1]) as changes:
            event = await soon(anext(changes.events()))
            assert event.kind == "connected"
            assert event.resource == DRIVES[0]
            (client, resource) = changes.members()[0]
            assert (event.client, resource) == (client, DRIVES[0])


async def test_closing_the_client_ends_the_loop_and_gives_the_drives_back() -> None:
    store = DictStore()
    with simulator() as service:
        client = Client(TOKEN, base_url=service.base_url, **HURRIED)
        changes = client.changes_shared(DRIVES[:1], store, since="start", **SHORT)
        await next_batch(changes)
        await client.aclose()
        with pytest.raises(StopAsyncIteration):
            await soon(anext(changes))
        await eventually(lambda: owners(store) == {""})
        await changes.aclose()
        with pytest.raises(StateError):
            client.changes_shared(DRIVES[:1], store, since="start")


async def test_one_that_is_collected_gives_its_drives_back() -> None:
    store = DictStore()
    with simulator() as service:
        async with Client(TOKEN, base_url=service.base_url, **HURRIED) as client:
            changes = client.changes_shared(DRIVES[:1], store, since="start", **SHORT)
            await next_batch(changes)
            with pytest.warns(ResourceWarning, match=r"SharedChanges .* was never closed"):  # noqa: PT031
                del changes
                gc.collect()
            await eventually(lambda: owners(store) == {""})


def test_the_blocking_client_shares_too() -> None:
    store = DictStore()
    with (
        simulator() as service,
        sync.Client(TOKEN, base_url=service.base_url, **HURRIED) as left,
        sync.Client(TOKEN, base_url=service.base_url, **HURRIED) as right,
        left.changes_shared(DRIVES, store, since="start", **SHORT) as changes,
    ):
        told = {changes.next(20).resource for _ in range(10)}
        assert told == set(DRIVES)
        changes.done()
        with right.changes_shared(DRIVES, store, since="start", **SHORT) as others:
            asyncio.run(eventually(lambda: len(others.owned()) == len(changes.owned()) == 5))
            assert repr(others).startswith("<drivebell.sync.SharedChanges worker-")
            drive = others.owned()[0].resource
            number = str(drive).split("/")[2]
            service.upload("there.txt", drive=number)
            service.notify(drive=number)
            for batch in others:
                if batch.resource == drive and any(it.name == "there.txt" for it in batch.items):
                    break
            assert batch.error is None
        asyncio.run(eventually(lambda: len(changes.owned()) == 10))
    assert owners(store) == {""}


def test_a_batch_can_be_made_compared_and_copied() -> None:
    item = DriveItem.from_raw({"id": "1", "name": "a.txt"})
    batch = SharedBatch(DRIVES[0], [item], "c", epoch=3, sequence=2)
    assert pickle.loads(pickle.dumps(batch)) == batch == copy.copy(batch)
    assert batch != SharedBatch(DRIVES[0], [item], "c", epoch=4, sequence=2)
    assert batch != drivebell.MemberBatch(DRIVES[0], [item], "c")
    assert hash(batch) == hash(SharedBatch(DRIVES[0], [], "d"))
    dictionary = batch.to_dict()
    assert (dictionary["epoch"], dictionary["sequence"]) == (3, 2)
    assert dictionary["resource"] == str(DRIVES[0])

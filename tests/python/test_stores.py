"""Stores that programs write, checked against the contract of Rust's stores; and bad ones."""

from __future__ import annotations

import asyncio
import logging
import threading
import typing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import drivebell
import pytest
from checkpoint_stores import AsyncDictStore, DictStore, SqlStore, interrupted
from deadline import eventually, soon
from drivebell import (
    Client,
    InvalidArgumentError,
    MemoryStore,
    Resource,
    SharedChanges,
    SqliteStore,
    StorageError,
    _native,
    sync,
)
from drivebell._calls import call
from drivebell._store_calls import MAX_GIVEN_UP, prepare

DRIVE = Resource.my_drive()
SHORT: dict[str, Any] = {"lease_time": 0.5, "push": "off"}


async def broken(stores: Sequence[Any]) -> str | None:
    """What a store does wrong. `stores` are four handles on it."""
    prepared = [prepare(store, asyncio.get_running_loop()) for store in stores]
    async with asyncio.timeout(300):
        return await call(lambda loop, settle: _native._check_store(prepared, loop, settle))


def client() -> Client:
    """One whose Graph is never there."""
    return Client("t", base_url="http://127.0.0.1:9", retry_min=0.01, retry_max=0.05)


async def test_a_store_over_a_dictionary_keeps_the_contract() -> None:
    store = DictStore()
    assert await broken([store] * 4) is None


async def test_an_async_store_keeps_the_contract() -> None:
    store = AsyncDictStore()
    assert await broken([store] * 4) is None


async def test_a_store_over_sqlite3_keeps_the_contract(tmp_path: Path) -> None:
    stores = [SqlStore(str(tmp_path / "drives.db")) for _ in range(4)]
    assert await broken(stores) is None
    for store in stores:
        store.db.close()


async def test_drivebells_own_stores_keep_the_contract(tmp_path: Path) -> None:
    assert await broken([MemoryStore() for _ in range(4)]) is not None, "each is another one"
    assert await broken([MemoryStore()] * 4) is None
    assert await broken([SqliteStore(tmp_path / "drives.db") for _ in range(4)]) is None


async def test_the_contract_finds_a_store_that_does_not_compare() -> None:
    class Forgetful(DictStore):
        def _write(self, key: Any, row: Any) -> Any:
            return super()._write(
                key, row | {"revision": self.records.get(key, {}).get("revision")}
            )

    store = Forgetful()
    assert "claim_ownership writes" in str(await broken([store] * 4))


@pytest.mark.parametrize("name", ["list_ownership", "update_checkpoint"])
async def test_an_object_without_a_call_is_refused_by_name(name: str) -> None:
    class Half(DictStore):
        pass

    setattr(Half, name, None)
    for shared in (client().changes_shared, sync.Client("t").changes_shared):
        with pytest.raises(InvalidArgumentError, match=f"a Half has no function {name}") as caught:
            shared([DRIVE], Half(), since="now")
        assert caught.value.argument == "store"


async def test_what_is_no_store_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="not the class DictStore: make an instance"):
        client().changes_shared([DRIVE], DictStore, since="now")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="a NoneType has no function list_ownership"):
        client().changes_shared([DRIVE], None, since="now")  # type: ignore[arg-type]
    blocking = sync.Client("t")
    with pytest.raises(InvalidArgumentError, match="list_ownership is async"):
        blocking.changes_shared([DRIVE], AsyncDictStore(), since="now")  # type: ignore[arg-type]


def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match="path"):
        SqliteStore(5)  # type: ignore[arg-type]
    other = tmp_path / "other.db"
    other.write_bytes(b"a text" * 1000)
    with pytest.raises(StorageError):
        SqliteStore(other)
    assert repr(SqliteStore(tmp_path / "a.db")) == f"SqliteStore({str(tmp_path / 'a.db')!r})"
    assert repr(MemoryStore()) == "MemoryStore()"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"worker": "two words"}, "worker"),
        ({"worker": 5}, "worker"),
        ({"lease_time": 0.01}, "lease_time"),
        ({"lease_time": "soon"}, "lease_time"),
        ({"capacity": 0}, "capacity"),
        ({"refused_retry": 0}, "refused_retry"),
        ({"page_size": 0}, "page_size"),
    ],
)
async def test_a_bad_option_is_refused_by_name(options: dict[str, Any], name: str) -> None:
    store = interrupted(DictStore(), lambda name, _call: pytest.fail(f"{name} was called"))
    with pytest.raises(InvalidArgumentError) as caught:
        client().changes_shared([DRIVE], store, since="now", **options)
    assert caught.value.argument == name


Wrong = Callable[[Any], Any]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda _rows: None, "list_ownership returned None, not a list of records"),
        (lambda _rows: {"a": 1}, "list_ownership returned a dict, not a list of records"),
        (lambda _rows: [5], "list_ownership returned a int where a record should be"),
        (lambda _rows: [{"owner": ""}], "list_ownership returned a record without `partition`"),
        (
            lambda _rows: [{"partition": b"p", "owner": "", "epoch": 1, "weight": 1}],
            "list_ownership returned a record whose `partition` is not a text, but a bytes",
        ),
        (
            lambda _rows: [{"partition": "p", "owner": "", "epoch": True, "weight": 1}],
            "list_ownership returned a record whose `epoch` is not a whole number, but a bool",
        ),
        (
            lambda _rows: [
                {"partition": "p", "owner": "", "epoch": 1, "weight": 1, "revision": None}
            ],
            "list_ownership returned a record whose `revision` is not a text or a whole number",
        ),
    ],
)
async def test_a_result_of_another_shape_is_an_outage(
    wrong: Wrong, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    is_wrong = [True]

    def around(name: str, call: Any) -> Any:
        return wrong(call()) if name == "list_ownership" and is_wrong[0] else call()

    with caplog.at_level(logging.WARNING, "drivebell.store"):
        async with client().changes_shared(
            [DRIVE], interrupted(DictStore(), around), since="now", **SHORT
        ) as changes:
            await eventually(lambda: says in caplog.text)
            assert changes.stats().owned == 0
            is_wrong[0] = False
            await eventually(lambda: changes.stats().owned == 1)


async def test_a_wrong_checkpoint_is_reported_and_never_shown(
    caplog: pytest.LogCaptureFixture,
) -> None:
    errors = [LookupError("secret-checkpoint"), ValueError("secret-checkpoint")]

    def around(name: str, call: Any) -> Any:
        if name == "update_checkpoint" and errors:
            raise errors.pop()
        return call()

    with caplog.at_level(logging.DEBUG, "drivebell"):
        async with client().changes_shared(
            [DRIVE], interrupted(DictStore(), around), since="now", **SHORT
        ) as changes:
            await eventually(lambda: "update_checkpoint raised LookupError" in caplog.text)
            await eventually(lambda: len(changes.owned()) == 1)
    assert "update_checkpoint raised ValueError" in caplog.text
    assert "secret-checkpoint" not in caplog.text


async def test_a_store_that_blocks_holds_nobody_up() -> None:
    called: list[str] = []
    go_on = threading.Event()

    def around(name: str, call: Any) -> Any:
        called.append(name)
        go_on.wait()
        return call()

    store = interrupted(DictStore(), around)
    changes = client().changes_shared([DRIVE], store, since="now", **SHORT)
    await eventually(lambda: bool(called))
    # Its drives cannot be given back, so closing gives up after the lease time.
    await soon(changes.aclose())
    # What was given up before its turn came never begins, however many calls there were.
    assert len(called) == 1
    go_on.set()


async def test_async_calls_that_never_end_do_not_pile_up() -> None:
    running, most = 0, 0

    class Stubborn(AsyncDictStore):
        async def list_ownership(self) -> Any:
            nonlocal running, most
            running += 1
            most = max(most, running)
            while not go_on.is_set():
                try:
                    await asyncio.wait_for(go_on.wait(), 60)
                except asyncio.CancelledError:
                    continue
            running -= 1
            return await super().list_ownership()

    go_on = asyncio.Event()
    options = SHORT | {"lease_time": 0.1}
    async with client().changes_shared([DRIVE], Stubborn(), since="now", **options) as changes:
        await eventually(lambda: most == MAX_GIVEN_UP)
        await asyncio.sleep(0.5)
        assert most == MAX_GIVEN_UP
        go_on.set()
        await eventually(lambda: changes.stats().owned == 1)


async def test_a_plain_function_may_return_an_awaitable() -> None:
    store = AsyncDictStore()
    plain = interrupted(store, lambda _name, call: call())
    async with client().changes_shared([DRIVE], plain, since="now", **SHORT) as changes:
        await eventually(lambda: changes.stats().owned == 1)


def test_a_blocking_client_needs_results(caplog: pytest.LogCaptureFixture) -> None:
    async def result() -> list[Any]:
        return []

    coroutines = []

    def around(_name: str, _call: Any) -> Any:
        coroutines.append(result())
        return coroutines[-1]

    store = interrupted(DictStore(), around)
    blocking = sync.Client("t", base_url="http://127.0.0.1:9")
    with blocking, blocking.changes_shared([DRIVE], store, since="now", **SHORT):
        asyncio.run(eventually(lambda: "returned an awaitable: drivebell.sync" in caplog.text))
    for coroutine in coroutines:
        coroutine.close()


def test_the_types_of_records_can_be_read_at_run_time() -> None:
    for record in (drivebell.Ownership, drivebell.Checkpoint):
        hints = typing.get_type_hints(record)
        assert hints["epoch"] is int
        assert record.__doc__
        assert all(f"`{name}`" in record.__doc__ for name in hints)
    for name in ("list_ownership", "claim_ownership", "list_checkpoints", "update_checkpoint"):
        assert getattr(drivebell.CheckpointStore, name).__doc__
        assert getattr(sync.CheckpointStore, name).__doc__
    assert SharedChanges.__doc__

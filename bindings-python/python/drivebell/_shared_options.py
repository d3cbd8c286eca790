# Written by `make generate` from core/src/options; do not edit.
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ._checkpoint_store import CheckpointStore
from ._items import Item_co
from ._names import PushMode
from ._native import MemoryStore, Resource, SqliteStore
from ._options import given
from ._shared_changes import SharedChanges
from ._stop_event import AsyncStopEvent


class SharedOptions:
    """`Client.changes_shared`, with its options."""

    def changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        *,
        since: str | None = None,
        stop_event: AsyncStopEvent | None = None,
        worker: str | None = None,
        lease_time: float = 8.0,
        capacity: int = 100,
        refused_retry: float = 300.0,
        select: Sequence[str] | None = None,
        page_size: int | None = None,
        prefer: Sequence[str] | None = None,
        exclude_parents: bool = False,
        push: PushMode = "auto",
        start_timeout: float | None = None,
        live_timeout: float = 10.0,
        quiet_time: float = 0.3,
        max_delay: float = 2.0,
        lag_delays: Sequence[float] = (
            3.0,
            10.0,
            30.0,
        ),
        overlap: float = 120.0,
        poll_interval: float = 60.0,
        safety_interval: float | None = 86400.0,
        audit_interval: float | None = 604800.0,
        deaf_after: float | None = 300.0,
        max_concurrent_queries: int = 8,
    ) -> SharedChanges[Item_co]:
        """Follows drives together with other processes that have the same store:
        `async with client.changes_shared(drives, store, since="start") as changes:`.

        Each drive is followed by one of the processes, and all have about as many. When one ends
        or dies, the others take over its drives, each from its last checkpoint. `SharedChanges`
        explains how to handle the batches.

        `drives` are followed from `since` on; or give a mapping, with a `since` for each of them.
        It counts only if the store has no checkpoint of the drive. Give every process the same
        drives and the same options. Drives of other users are added by `changes.add`.

        `store` is a `SqliteStore` for the processes of one machine, a `MemoryStore` within one
        process, or any object with the four calls of `CheckpointStore`, over a database that all
        processes reach.

        The stream starts at once; the async client needs a running event loop. When `stop_event` is
        set, an `asyncio.Event`, loops end as if the stream were closed.

        - `worker`: The name of this process, in logs and in the store: up to 48 letters, digits,
          `-` and `_`. Each start adds something random to it. Default: `worker`.
        - `lease_time`: How long a process may be silent before the others take its drives. At least
          a tenth of a second. Default: 8.
        - `capacity`: How much this process takes compared with the others. Default: 100.
        - `refused_retry`: After what time a drive that Graph or its credential has refused is tried
          again. Default: 300.

        The other options are those of `changes`, of each drive's stream.

        Raises `InvalidArgumentError` at once, as `changes_all` does, and by the name `store` for an
        object without one of the four calls. A store that is away is no error: it is tried again.
        """
        return self._changes_shared(
            drives,
            store,
            since,
            given(
                SharedOptions.changes_shared,
                may_be_none={
                    "start_timeout": start_timeout,
                    "safety_interval": safety_interval,
                    "audit_interval": audit_interval,
                    "deaf_after": deaf_after,
                },
                worker=worker,
                lease_time=lease_time,
                capacity=capacity,
                refused_retry=refused_retry,
                select=select,
                page_size=page_size,
                prefer=prefer,
                exclude_parents=exclude_parents,
                push=push,
                live_timeout=live_timeout,
                quiet_time=quiet_time,
                max_delay=max_delay,
                lag_delays=lag_delays,
                overlap=overlap,
                poll_interval=poll_interval,
                max_concurrent_queries=max_concurrent_queries,
            ),
            stop_event,
        )

    def _changes_shared(
        self,
        drives: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        store: MemoryStore | SqliteStore | CheckpointStore,
        since: str | None,
        options: dict[str, object],
        stop_event: AsyncStopEvent | None,
    ) -> SharedChanges[Item_co]:
        raise NotImplementedError

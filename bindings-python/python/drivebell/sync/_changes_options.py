# Written by `make generate` from core/src/options; do not edit.
from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from .._items import Item_co
from .._names import PushMode
from .._native import Resource
from .._options import given
from .._stop_event import StopEvent
from ._changes import Changes
from ._changes_set import ChangesSet


class ChangesOptions:
    """`Client.changes` and `Client.changes_all`, with their options."""

    def changes(
        self,
        resource: Resource[Item_co],
        *,
        since: str,
        stop_event: StopEvent | None = None,
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
    ) -> Changes[Item_co]:
        """Streams the changes of a resource:
        `for batch in client.changes(resource, since="start"):`.

        `since` is `"start"` for all items and then every change, `"now"` for the changes from now
        on, or the `checkpoint` of a batch of this resource to continue after it.

        Each notification of a subscription causes a delta query, which finds the changes. While the
        subscription is not live, the stream polls. `ChangeBatch` explains how to handle batches.

        The stream starts at once. When `stop_event` is
        set, a `threading.Event`, loops end as if the stream were closed.

        Options are given by name. Durations are in seconds, and zero is refused unless the option
        says what it means.

        - `select`: The fields to request from Graph (`$select`). `id` and `deleted` are always
          included. Default: all fields.
        - `page_size`: How many items Graph should put on a page (`$top`). Default: Graph's choice,
          usually 200.
        - `prefer`: `Prefer` headers to send, for instance `hierarchicalsharing`. Default: none.
        - `exclude_parents`: Leaves out the parents of changed items (`deltaExcludeParent`).
          Default: `False`.
        - `push`: Whether to subscribe to notifications. Without a subscription, the stream polls.
          Default: `auto`.
        - `start_timeout`: How long to try to get the first page before the stream ends with the
          error of its last attempt. The first attempt is not cut short. Default: try for ever.
          Zero: one attempt.
        - `live_timeout`: How long the first delta query waits for the subscription to be live,
          within `start_timeout`. After that, polling begins. Default: 10. Zero: do not wait.
        - `quiet_time`: A delta query starts when no further notification has arrived for this time.
          Default: 0.3. Zero: start at once.
        - `max_delay`: The longest wait from the first notification to the delta query. Default: 2.
          Zero: start at once.
        - `lag_delays`: Delta queries lag behind notifications. A query that finds none of the
          announced changes is repeated after each of these waits. After a query that finds some,
          and after the first query, one more follows after the last of these waits. Default: `[3,
          10, 30]`.
        - `overlap`: How long delta may take to show a change. Graph may issue a link that skips
          what is not visible yet, so for this long the stream also looks from an earlier link. What
          comes again unchanged is not handed out again. Default: 120. Zero: trust each link of
          Graph at once.
        - `poll_interval`: How often to query while the subscription is not live. Jittered. Default:
          60.
        - `safety_interval`: How often to query although nothing was announced. Once a day is as
          often as Microsoft's guidance allows. Default: 86400. `None`: never.
        - `audit_interval`: How often to enumerate everything again, to find what Graph lost: the
          deletions that its delta query never reports. Jittered. Not for streams that began at
          `now`. Default: 604800. `None`: never.
        - `deaf_after`: If a query finds a change that is older than this, and no notification came
          although the connection counted as live, the connection is replaced. Default: 300. `None`:
          never.
        - `max_concurrent_queries`: How many delta queries `changes_all` may have under way at the
          same time. Others wait their turn. Default: 8.

        Raises `InvalidArgumentError` at once for a text that is not a checkpoint or belongs to
        another resource, for a resource without a delta query, and for a bad option. The iteration
        raises what `endpoint` raises when Graph refuses permanently, and `ProtocolError` when its
        links lead to another origin or in a circle. It survives everything else.
        """
        return self._changes(
            resource,
            since,
            given(
                ChangesOptions.changes,
                may_be_none={
                    "start_timeout": start_timeout,
                    "safety_interval": safety_interval,
                    "audit_interval": audit_interval,
                    "deaf_after": deaf_after,
                },
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

    def changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str] = (),
        *,
        since: str | None = None,
        stop_event: StopEvent | None = None,
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
    ) -> ChangesSet[Item_co]:
        """Streams the changes of many resources as one stream:
        `with client.changes_all(resources, since="start") as changes:`.

        Each batch names its `resource`, and the `client` of its user. `resources` are followed from
        `since` on; or give a mapping, with a `since` for each of them. `changes.add` and
        `changes.remove` change the members at any time; `client=` names another user's client.

        The members become live one after the other, at `max_endpoint_calls_per_second`, and query
        in turns: `max_concurrent_queries` of them have a page at the same time. A permanent refusal
        ends one member, and a `MemberEnd` says why; the others continue.

        The stream starts at once.

        The options are those of `changes`. Raises `InvalidArgumentError` at once, as `changes`
        does, and for a resource that is given twice with different beginnings.
        """
        return self._changes_all(
            resources,
            since,
            given(
                ChangesOptions.changes_all,
                may_be_none={
                    "start_timeout": start_timeout,
                    "safety_interval": safety_interval,
                    "audit_interval": audit_interval,
                    "deaf_after": deaf_after,
                },
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

    def _changes(
        self,
        resource: Resource[Item_co],
        since: str,
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> Changes[Item_co]:
        raise NotImplementedError

    def _changes_all(
        self,
        resources: Iterable[Resource[Item_co]] | Mapping[Resource[Item_co], str],
        since: str | None,
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> ChangesSet[Item_co]:
        raise NotImplementedError

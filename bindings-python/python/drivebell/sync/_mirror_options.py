# Written by `make generate` from core/src/options; do not edit.
from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from .._names import ChangeKind, Initial, PushMode
from .._native import Resource
from .._options import given
from .._stop_event import StopEvent
from ._mirror import Mirror
from ._mirror_set import MirrorSet


class MirrorOptions:
    """`Client.mirror` and `Client.mirror_all`, with their options."""

    def mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        *,
        stop_event: StopEvent | None = None,
        under: str | None = None,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        kinds: Sequence[ChangeKind] | None = None,
        files_only: bool = False,
        initial: Initial = "created",
        expand: bool = False,
        keep_raw: bool = False,
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
    ) -> Mirror:
        """Mirrors a drive in a SQLite file, and streams what happens in it:
        `with client.mirror(resource, "drive.db") as mirror:`.

        The file is made if it does not exist; otherwise the mirror goes on where it ends. `Change`
        says what a change tells. It is done when the next one is asked for: until then the file
        keeps it, and a program that ends before, however it ends, gets it again. Opening the file
        blocks for milliseconds.

        The mirror starts at once. When `stop_event` is
        set, a `threading.Event`, loops end as if the mirror were closed.

        Options are given by name. `under`, `include`, `exclude`, `kinds` and `files_only` choose
        the changes that are handed out; the mirror itself always holds the whole drive.

        - `under`: Only changes of this folder and of what is in it: a path from the root, such as
          `/Reports`. Default: the whole drive.
        - `include`: Only changes of paths that match one of these globs. `*.pdf` matches a name in
          any folder, a glob with a `/` the whole path: `/Reports/**/*.pdf`. Case does not matter.
          Default: everything.
        - `exclude`: No changes of paths that match one of these globs, nor of what is in them.
          Default: nothing.
        - `kinds`: Only changes of these kinds: `created`, `modified`, `renamed`, `moved`,
          `deleted`. An empty list hands out no changes and keeps only the tree. Default: all.
        - `files_only`: Only changes of files. A folder that moves or goes comes as the changes of
          the files in it. Default: `False`.
        - `initial`: What a new mirror says of the items that exist already. Default: `created`.
        - `expand`: A folder that is renamed, moved or deleted is one change. With this, another
          follows for each item in it, parents first; for a deletion they come before it, children
          first. Default: `False`.
        - `keep_raw`: Stores the whole JSON of each item as Graph sent it, so that items have all
          fields. The file grows by about a kilobyte for each item. Default: `False`.

        The options of the stream of changes are those of `changes`. The fields that a mirror needs
        are requested whatever `select` says.

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

        Raises at once: `InvalidArgumentError` for a bad option, by the name `file` for a directory
        or for the file of another mirror of this process, and by the name `resource` for one
        without drive items; `StorageError` for a file that cannot be used, which is untouched then.
        The iteration raises what that of `changes` does, and `StorageError` if the file cannot be
        written to any more. While another program holds the file, the mirror waits.
        """
        return self._mirror(
            resource,
            file,
            given(
                MirrorOptions.mirror,
                may_be_none={
                    "start_timeout": start_timeout,
                    "safety_interval": safety_interval,
                    "audit_interval": audit_interval,
                    "deaf_after": deaf_after,
                },
                under=under,
                include=include,
                exclude=exclude,
                kinds=kinds,
                files_only=files_only,
                initial=initial,
                expand=expand,
                keep_raw=keep_raw,
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

    def mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        *,
        stop_event: StopEvent | None = None,
        under: str | None = None,
        include: Sequence[str] | None = None,
        exclude: Sequence[str] | None = None,
        kinds: Sequence[ChangeKind] | None = None,
        files_only: bool = False,
        initial: Initial = "created",
        expand: bool = False,
        keep_raw: bool = False,
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
    ) -> MirrorSet:
        """Mirrors many drives in one SQLite file, and streams what happens in them:
        `with client.mirror_all(resources, "drives.db") as mirrors:`.

        Each change names its `resource`, and the `client` of its user. `mirrors.add` and
        `mirrors.remove` change the members at any time; `client=` names another user's client.
        Sequences are those of each drive. A permanent refusal ends one member, and a `MemberEnd`
        says why; the others continue.

        The options are those of `mirror`. Raises what `mirror` raises.
        """
        return self._mirror_all(
            resources,
            file,
            given(
                MirrorOptions.mirror_all,
                may_be_none={
                    "start_timeout": start_timeout,
                    "safety_interval": safety_interval,
                    "audit_interval": audit_interval,
                    "deaf_after": deaf_after,
                },
                under=under,
                include=include,
                exclude=exclude,
                kinds=kinds,
                files_only=files_only,
                initial=initial,
                expand=expand,
                keep_raw=keep_raw,
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

    def _mirror(
        self,
        resource: Resource,
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> Mirror:
        raise NotImplementedError

    def _mirror_all(
        self,
        resources: Iterable[Resource],
        file: str | os.PathLike[str],
        options: dict[str, object],
        stop_event: StopEvent | None,
    ) -> MirrorSet:
        raise NotImplementedError

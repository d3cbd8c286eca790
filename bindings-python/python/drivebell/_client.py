from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from . import _native
from ._calls import call
from ._changes import Changes
from ._changes_options import changes_options
from ._client_base import ClientBase
from ._errors import StateError
from ._native import Endpoint, Resource
from ._options import NOT_GIVEN, NotGiven
from ._subscription import Subscription
from ._subscription_set import SubscriptionSet


class Client(ClientBase[Subscription | SubscriptionSet | Changes]):
    """Gets notification endpoints from Graph and subscribes to them.

    `credential` is an access token; a function that returns one, sync or async, which may take a
    `TokenRequest`; or a credential of azure-identity, sync or async. The token must be that of a
    signed-in user, with the delegated permission `Files.Read` or more: this API does not support
    application permissions. A fixed token is used until Graph refuses it. A token with an expiry
    (`token`, `expires_on`, as from azure-identity) is cached until shortly before it expires. For
    tokens without one, the client calls the credential before each Graph call. After a 401 it calls
    it once more, with `TokenRequest.refresh` set.

    Options, all by name:

    - `cloud`: a `Cloud` or its value; default `"global"`.
    - `base_url`: the origin of another Graph, instead of `cloud`; `https`, or `http` to loopback.
    - `api_version`: `"v1.0"` (default) or `"beta"`.
    - `scopes`: what the credential is asked for; default `["{base_url}/.default"]`.
    - `proxy`: URL of a proxy for everything; default what the environment says.
    - `ca_bundle`: file of PEM certificates that are trusted besides the system's.
    - `user_agent`: default `NONISV|drivebell|drivebell/{version}`.
    Durations are in seconds, and none may be zero unless it is said what that means:

    - `request_timeout`: how long a Graph call may take in all; default 30.
    - `retry_timeout`: for how long after its first attempt `endpoint` is repeated when it fails in
      a way that passes: throttling (after the pause that Graph asks for), 500, 502, 503, 504, a
      connection that fails; default 30, zero for one attempt. A longer pause is not waited for, but
      told. Subscriptions have their own patience, `start_timeout`.
    - `connect_timeout`: how long connecting may take, until the upgrade is answered; default 10.
    - `open_timeout`: how long the Engine.IO open packet may take; default 10.
    - `join_timeout`: how long the answer to joining the namespace may take; default 10.
    - `close_timeout`: how long the goodbye to the notification server may take; default 1.
    - `credential_timeout`: how long the credential may take to give a token; default 30.
    - `token_refresh_margin`: a token whose expiry is known is used until so long before it; default
      300, zero for until its last moment.
    - `start_timeout`: for how long entering a subscription tries before it raises the error of the
      last attempt; default 30, zero for one attempt, `None` for ever. The first attempt is not cut
      short.
    - `renew_before`: how long before an endpoint expires a new one takes over, at least; default
      120. It is a tenth of the endpoint's lifetime where that is more, at most half of it, and
      jittered; zero leaves it at the tenth.
    - `retry_min`: the limit of the wait after the first failure of a session; default 1. It doubles
      with each further one, and the wait is a random part of it. A pause that the service asks for
      is kept instead, up to `max_retry_after`.
    - `retry_max`: the limit that `retry_min` doubles up to; default 60.
    - `retry_reset_after`: a session that was live for so long starts from `retry_min` again;
      default 60, zero for each that was live.
    - `max_retry_after`: the longest pause that is kept when the service asks for one; default 3600.
    - `refusal_timeout`: for how long Graph, or the credential, must have refused a session that was
      live before it ends with that error; default 600, zero for at once. One that never was live
      ends at once.

    Counts, which are at least 1:

    - `max_handshakes`: connections that are opened, and calls to Graph that are under way, at the
      same time; default 100 of each. Others wait.
    - `max_endpoint_calls_per_second`: endpoints that subscriptions ask for in a second; default 10.
      Others wait.
    - `max_message_size`: bytes of the longest message accepted; default 1 MiB.
    - `mailbox_capacity`: events that may wait for a slow consumer before further ones are merged;
      default 1024.

    Raises `InvalidArgumentError` for an invalid argument, before any traffic.
    """

    async def endpoint(self, resource: Resource) -> Endpoint:
        """Gets the endpoint of the resource's notifications. Every call returns a new URL.

        Raises `AuthenticationError`, `AccessDeniedError`, `NotFoundError`, `ThrottledError`,
        `GraphError`, `ConnectionFailedError`, `TimeoutError` or `ProtocolError`.
        """
        self._check(resource)
        return await call(
            lambda loop, settle: self._native.endpoint(resource, loop, settle),
        )

    def subscribe(self, resource: Resource, *, wait_live: bool = True) -> Subscription:
        """Creates a subscription; enter it with `async with client.subscribe(resource) as sub:`.

        Entering returns when the subscription is live: notifications arrive from then on, and
        temporary failures no longer end it. If attempts fail for `start_timeout`, entering raises
        the error of the last one. Errors that retrying cannot cure are raised at once: a failed
        credential, and 401, 403 and 404 from Graph. The errors are those of `endpoint`.

        With `wait_live=False`, entering returns at once, for a program that must start while the
        service is unavailable. Attempts continue without a limit; when the subscription is first
        live, a notification of kind `"resync"` stands for the changes until then. Only an error
        that retrying cannot cure ends the subscription.

        Handlers may be added before entering.
        """
        self._check(resource)
        subscription = Subscription(self._native, resource, wait_live=wait_live)
        self._open.add(subscription)
        return subscription

    def subscribe_all(self, resources: Iterable[Resource] = ()) -> SubscriptionSet:
        """Subscribes to many resources in one stream; enter it with
        `async with client.subscribe_all(resources) as subs:`.

        `note.resource` is the resource of a notification, and `note.client` the client of its user.
        `subs.add` and `subs.remove` change the members at any time; `client=` names another user's
        client. Entering does not wait, as with `wait_live=False`: members become live one after the
        other, at `max_endpoint_calls_per_second`. An error that retrying cannot cure ends one
        member, with an event of kind `"ended"`; the others continue. A resource that is given twice
        is subscribed to once.

        Handlers may be added before entering. Raises `InvalidArgumentError` if an element is not a
        resource.
        """
        subscriptions = SubscriptionSet(self, self._check_all(resources))
        self._open.add(subscriptions)
        return subscriptions

    def changes(
        self,
        resource: Resource,
        *,
        since: str,
        select: Sequence[str] | None = None,
        page_size: int | None = None,
        prefer: Sequence[str] | None = None,
        exclude_parents: bool | None = None,
        live_timeout: float | None = None,
        quiet_time: float | None = None,
        max_delay: float | None = None,
        lag_delays: Sequence[float] | None = None,
        poll_interval: float | None = None,
        safety_interval: float | NotGiven | None = NOT_GIVEN,
    ) -> Changes:
        """Streams what changes: `async for batch in client.changes(resource, since="start"):`.

        `since` is one of:

        - `"start"`: first everything in the resource, then the changes;
        - `"now"`: the changes from now on;
        - the `checkpoint` of a batch of this resource: the changes after that batch.

        A subscription triggers the delta queries that find the changes. While it is not live, the
        resource is queried at an interval. `ChangeBatch` explains how to process the batches. Call
        this where an event loop runs; the stream starts at once.

        - `select`: the fields that Graph is asked for; default all. `id` and `deleted` come anyway.
        - `page_size`: how many items Graph is asked to put on a page, at least 1; default what
          Graph chooses, which is 200 as a rule.
        - `prefer`: `Prefer` headers, for instance `["hierarchicalsharing"]`; default none.
        - `exclude_parents`: asks Graph to leave out the parents of what changed; default False.

        The others are in seconds:

        - `live_timeout`: how long the first look waits for the subscription to be live; default 10.
        - `quiet_time`: a look begins when no notification has come for so long; default 0.3.
        - `max_delay`: it begins so long after the first notification at the latest; default 2.
        - `lag_delays`: a look that found nothing of what was announced is repeated after each of
          these waits, because delta lags behind; default `[3, 10, 30]`. Where something was found,
          and after the first look, there is one more after the last of them.
        - `poll_interval`: how often to look while the subscription is not live; default 60,
          jittered. Not zero.
        - `safety_interval`: how often to look although nothing was announced; default 86400, a day.
          Not zero; `None` for never.

        Raises `InvalidArgumentError` at once for an invalid checkpoint or one of another resource,
        for a resource without a delta query, and for an invalid option. The iteration raises the
        errors of `endpoint` when retrying cannot cure them, and `ProtocolError` when Graph's links
        lead to another server or in a circle. It survives all other failures.
        """
        self._check(resource)
        options = changes_options(
            since,
            select=select,
            page_size=page_size,
            prefer=prefer,
            exclude_parents=exclude_parents,
            live_timeout=live_timeout,
            quiet_time=quiet_time,
            max_delay=max_delay,
            lag_delays=lag_delays,
            poll_interval=poll_interval,
            safety_interval=safety_interval,
        )
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise StateError(
                "changes() needs a running event loop: call it in async code"
            ) from None
        native = _native.Changes(self._native, resource, since, options, loop)
        changes = Changes(native, resource)
        self._open.add(changes)
        return changes

    async def aclose(self) -> None:
        """Closes the subscriptions and streams of changes of this client, and removes the members
        that it added to sets of other clients. Clients that `with_credential` created stay open.
        May be called more than once."""
        for each in self._start_close():
            await each.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

from __future__ import annotations

import os
import weakref
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from . import _native
from ._calls import call
from ._credential import Credential, prepare
from ._errors import StateError, invalid
from ._native import Endpoint, Resource
from ._subscription import Subscription


class Client:
    """Asks Graph for notification endpoints, and subscribes to them.

    `credential` is an access token; a function that returns one, sync or async, which may take a
    `TokenRequest`; or a credential of azure-identity, sync or async. It must be of a signed-in user
    (delegated permission, `Files.Read` at least): application permissions are not supported by
    this API. A fixed token is used until Graph refuses it; the others are asked before each call
    to Graph, and once more, with `TokenRequest.refresh` set, after a 401.

    Options, all by name:

    - `cloud`: a `Cloud` or its value; default `"global"`.
    - `base_url`: the origin of another Graph, instead of `cloud`; `https`, or `http` to loopback.
    - `api_version`: `"v1.0"` (default) or `"beta"`.
    - `scopes`: what the credential is asked for; default `["{base_url}/.default"]`.
    - `proxy`: URL of a proxy for everything; default what the environment says.
    - `ca_bundle`: file of PEM certificates that are trusted besides the system's.
    - `user_agent`: default `NONISV|drivebell|drivebell/{version}`.
    - `request_timeout`: seconds that a Graph call may take in all; default 30.
    - `retry_timeout`: seconds after its first attempt for which a call to Graph is repeated when it
      fails in a way that passes: throttling (after the pause that Graph asks for), 500, 502, 503,
      504, a connection that fails; default 30, zero for one attempt. A longer pause is not waited
      for, but told.
    - `connect_timeout`: seconds to connect, until the upgrade is answered; default 10.
    - `open_timeout`: seconds to wait for the Engine.IO open packet; default 10.
    - `join_timeout`: seconds to wait for the answer to joining the namespace; default 10.
    - `max_message_size`: bytes of the longest message accepted; default 1 MiB.
    - `mailbox_capacity`: events that may wait for a slow consumer before further ones are merged;
      default 1024.

    Raises `InvalidArgumentError` for a bad argument, before any traffic.
    """

    def __init__(
        self,
        credential: Credential,
        *,
        cloud: str | None = None,
        base_url: str | None = None,
        api_version: str | None = None,
        scopes: Sequence[str] | None = None,
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        user_agent: str | None = None,
        request_timeout: float | None = None,
        retry_timeout: float | None = None,
        connect_timeout: float | None = None,
        open_timeout: float | None = None,
        join_timeout: float | None = None,
        max_message_size: int | None = None,
        mailbox_capacity: int | None = None,
    ) -> None:
        if cloud is not None and base_url is not None:
            raise invalid("base_url", "give either cloud or base_url")
        if isinstance(scopes, str):
            raise invalid("scopes", "give a list of scopes, not one string")
        for name, seconds in {
            "request_timeout": request_timeout,
            "retry_timeout": retry_timeout,
            "connect_timeout": connect_timeout,
            "open_timeout": open_timeout,
            "join_timeout": join_timeout,
        }.items():
            # The comparison is false for NaN too.
            if seconds is not None and not seconds >= 0:
                raise invalid(name, f"{seconds!r} is not a number of seconds")
        self._native = _native.Client(
            prepare(credential),
            {
                "cloud": None if cloud is None else str(cloud),
                "base_url": base_url,
                "api_version": api_version,
                "scopes": None if scopes is None else list(scopes),
                "proxy": proxy,
                "ca_bundle": ca_bundle,
                "user_agent": user_agent,
                "request_timeout": request_timeout,
                "retry_timeout": retry_timeout,
                "connect_timeout": connect_timeout,
                "open_timeout": open_timeout,
                "join_timeout": join_timeout,
                "max_message_size": max_message_size,
                "mailbox_capacity": mailbox_capacity,
            },
        )
        self._closed = False
        self._subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()

    async def endpoint(self, resource: Resource) -> Endpoint:
        """Where the resource's notifications are pushed. Every call gives a new URL.

        Raises `AuthenticationError`, `AccessDeniedError`, `NotFoundError`, `ThrottledError`,
        `GraphError`, `ConnectionFailedError`, `TimeoutError` or `ProtocolError`.
        """
        self._check(resource)
        return await call(
            lambda loop, settle: self._native.endpoint(resource, loop, settle),
        )

    def subscribe(self, resource: Resource) -> Subscription:
        """A subscription, to be entered: `async with client.subscribe(resource) as sub:`.

        Entering returns when notifications arrive from then on, or raises what `endpoint` raises.
        Handlers may be set before.
        """
        self._check(resource)
        subscription = Subscription(self._native, resource)
        self._subscriptions.add(subscription)
        return subscription

    async def aclose(self) -> None:
        """Closes every subscription of this client. Closing twice is fine."""
        self._closed = True
        for subscription in list(self._subscriptions):
            await subscription.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<drivebell.{self._native!r}>"

    def _check(self, resource: object) -> None:
        if not isinstance(resource, Resource):
            raise invalid("resource", f"a {type(resource).__name__} is not a drivebell.Resource")
        if self._closed:
            raise StateError("this client is closed; make a new one")

# Written by `make generate` from core/src/options; do not edit.
from __future__ import annotations

import os
from collections.abc import Sequence

from ._credential import Credential, Hidden
from ._names import ApiVersion, Cloud
from ._options import given


class ClientOptions:
    """The constructor of a client, with its options."""

    def __init__(
        self,
        credential: Credential,
        *,
        cloud: Cloud | str | None = None,
        base_url: str | None = None,
        api_version: ApiVersion = "v1.0",
        scopes: Sequence[str] | None = None,
        proxy: str | None = None,
        ca_bundle: str | os.PathLike[str] | None = None,
        user_agent: str | None = None,
        label: str | None = None,
        request_timeout: float = 30.0,
        retry_timeout: float = 30.0,
        connect_timeout: float = 10.0,
        open_timeout: float = 10.0,
        join_timeout: float = 10.0,
        close_timeout: float = 1.0,
        credential_timeout: float = 30.0,
        sign_in_timeout: float = 900.0,
        token_refresh_margin: float = 300.0,
        start_timeout: float | None = 30.0,
        first_refusal_timeout: float = 5.0,
        renew_before: float = 120.0,
        max_endpoint_age: float | None = None,
        resync_on_renewal: bool = False,
        retry_min: float = 1.0,
        retry_max: float = 60.0,
        retry_reset_after: float = 60.0,
        max_retry_after: float = 3600.0,
        refusal_timeout: float = 600.0,
        max_handshakes: int = 100,
        max_endpoint_calls_per_second: int = 10,
        max_message_size: int = 1048576,
        mailbox_capacity: int = 1024,
    ) -> None:
        """Options are given by name. Durations are in seconds. Zero is refused unless the option
        says what it means. A bad value raises `InvalidArgumentError` before any traffic.

        - `cloud`: The national cloud. Give either this or `base_url`. Default: `global`.
        - `base_url`: The origin to call instead of a cloud's, for tests and gateways: `https`,
          without a path. Plain `http` is allowed only to a loopback address. Give either this or
          `cloud`. Default: the cloud's.
        - `api_version`: The version of Graph's REST API. Default: `v1.0`.
        - `scopes`: The OAuth scopes to request from the credential. Default: `{base_url}/.default`,
          the delegated permissions of the app's registration.
        - `proxy`: The URL of a proxy for all connections, to Graph and to the notification server.
          Not with a `base_url` of plain `http`: the proxy could read the token. Default: from the
          environment (`HTTPS_PROXY`, `NO_PROXY`).
        - `ca_bundle`: A PEM file of certificates to trust in addition to the system's, for all
          connections. Default: the system's certificates only.
        - `user_agent`: The `User-Agent`. Graph asks for `ISV|company|application/version` or
          `NONISV|…`:
          <https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online>.
          Default: `NONISV|drivebell|drivebell/{version}`.
        - `label`: A name for this client, which its errors, events and log records show: up to 64
          characters in one line. Clients of other users have the same, unless they get their own.
          Default: none.
        - `request_timeout`: How long one call to Graph may take, from the request to the end of the
          body. Default: 30.
        - `retry_timeout`: How long `endpoint` retries transient failures, counted from its first
          attempt: throttling (after the pause that Graph requests), 500, 502, 503, 504 and failed
          connections. If Graph requests a longer pause than the time left, the call fails at once.
          For subscriptions, `start_timeout` applies instead. Default: 30. Zero: one attempt.
        - `connect_timeout`: How long connecting may take: to Graph, and to the notification server
          until it responds to the upgrade. Default: 10.
        - `open_timeout`: How long to wait for the Engine.IO open packet. Default: 10.
        - `join_timeout`: How long to wait for the server to accept the join of the namespace.
          Default: 10.
        - `close_timeout`: How long closing a connection to the notification server may take.
          Default: 1.
        - `credential_timeout`: How long the credential may take to give a token. A person who signs
          in has `sign_in_timeout`. Default: 30.
        - `sign_in_timeout`: How long a person may take to sign in: while the credential says that
          it asks one, while an interactive credential of azure-identity or `@azure/identity` works,
          and during `sign_in`. Default: 900.
        - `token_refresh_margin`: How long before its known expiry a token is refreshed. Default:
          300. Zero: use a token until it expires.
        - `start_timeout`: How long `subscribe` tries to become live before it fails with the error
          of its last attempt. The first attempt is not cut short. Default: 30. Zero: one attempt.
          `None`: try for ever.
        - `first_refusal_timeout`: How long a first 403 or 404 of Graph is doubted: Graph gives some
          for drives that exist. Before the first success, it is final after three answers over this
          time. Default: 5. Zero: the first answer is final.
        - `renew_before`: How long before its expiry an endpoint is replaced by a new one, at least.
          If a tenth of its lifetime is longer, that counts instead. Either is jittered, and at most
          half of the lifetime. Default: 120. Zero: a tenth of the lifetime.
        - `max_endpoint_age`: How old an endpoint may become before it is replaced, although it has
          not expired. It bounds how long an endpoint that went quiet can hide changes. Jittered.
          Default: until shortly before it expires.
        - `resync_on_renewal`: Whether a notification of kind `resync` follows each replacement of
          an endpoint, so that the program looks for changes that the old one may have hidden.
          `changes` looks anyway. Default: `False`.
        - `retry_min`: The longest wait after a session's first failure. It doubles with each
          further failure, up to `retry_max`. The actual wait is a random part of this limit ("full
          jitter"). If the service requests a pause, the session waits for that instead, up to
          `max_retry_after`. Default: 1.
        - `retry_max`: The limit up to which `retry_min` doubles. Default: 60.
        - `retry_reset_after`: How long a session must have been live for its next wait to start
          from `retry_min` again. Default: 60. Zero: any session that was live.
        - `max_retry_after`: The longest pause to respect if the service requests one
          (`Retry-After`). A longer one is cut to this. Default: 3600.
        - `refusal_timeout`: How long Graph, or the credential, must keep refusing a session that
          was live before the session ends with that error. A session that was never live ends at
          once, or after `first_refusal_timeout`. Default: 600. Zero: end at the first refusal.
        - `max_handshakes`: How many connections this client and its family may open at the same
          time, and how many calls to Graph they may have under way. Others wait. Default: 100.
        - `max_endpoint_calls_per_second`: How many endpoints per second the sessions of this client
          and its family may request. Others wait. Default: 10.
        - `max_message_size`: The longest message to accept from the notification server, in bytes.
          Default: 1 048 576.
        - `mailbox_capacity`: How many events may wait for a slow consumer before further events are
          merged. Default: 1 024.
        """
        hidden = Hidden(credential)
        del credential
        self._configure(
            hidden,
            given(
                ClientOptions.__init__,
                may_be_none={"start_timeout": start_timeout, "max_endpoint_age": max_endpoint_age},
                cloud=cloud,
                base_url=base_url,
                api_version=api_version,
                scopes=scopes,
                proxy=proxy,
                ca_bundle=ca_bundle,
                user_agent=user_agent,
                label=label,
                request_timeout=request_timeout,
                retry_timeout=retry_timeout,
                connect_timeout=connect_timeout,
                open_timeout=open_timeout,
                join_timeout=join_timeout,
                close_timeout=close_timeout,
                credential_timeout=credential_timeout,
                sign_in_timeout=sign_in_timeout,
                token_refresh_margin=token_refresh_margin,
                first_refusal_timeout=first_refusal_timeout,
                renew_before=renew_before,
                resync_on_renewal=resync_on_renewal,
                retry_min=retry_min,
                retry_max=retry_max,
                retry_reset_after=retry_reset_after,
                max_retry_after=max_retry_after,
                refusal_timeout=refusal_timeout,
                max_handshakes=max_handshakes,
                max_endpoint_calls_per_second=max_endpoint_calls_per_second,
                max_message_size=max_message_size,
                mailbox_capacity=mailbox_capacity,
            ),
        )

    def _configure(self, credential: Hidden, options: dict[str, object]) -> None:
        raise NotImplementedError

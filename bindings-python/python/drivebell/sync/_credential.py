"""Getting tokens in a program that has no event loop of its own."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from typing import cast

from .._credential import Credential, PreparedCredential
from .._credential import prepare as prepare_async
from .._errors import invalid
from .._native import TokenReply, TokenRequest


def prepare(credential: Credential) -> str | PreparedCredential:
    """Converts a credential for the native client. Raises `InvalidArgumentError` for anything
    else."""
    prepared = prepare_async(credential)
    if isinstance(prepared, str):
        return prepared
    if gevent_has_replaced_threads():
        raise invalid(
            "credential",
            "gevent has replaced Python's threads, in which credentials run: pass the text of a"
            " token, or call monkey.patch_all(thread=False)",
        )
    request_on_loop = prepared.request_token

    def request_token(request: TokenRequest, reply: TokenReply) -> None:
        loop = _LOOP.running()
        loop.call_soon_threadsafe(
            request_on_loop, request, cast(TokenReply, _ReplyFromLoop(reply, loop))
        )

    return PreparedCredential(request_token, prepared.class_names)


def gevent_has_replaced_threads() -> bool:
    """Its threads begin on the thread that wants them. That is one of drivebell's, without gevent's
    loop: they would never run."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))


class _ReplyFromLoop:
    """A `TokenReply` that is cancelled on the loop, from whatever thread the cancellation comes."""

    def __init__(self, reply: TokenReply, loop: asyncio.AbstractEventLoop) -> None:
        self.resolve = reply.resolve
        self.reject = reply.reject
        self._reply = reply
        self._loop = loop

    def on_cancel(self, callback: Callable[[], object]) -> None:
        self._reply.on_cancel(lambda: self._loop.call_soon_threadsafe(callback))


class _CredentialLoop:
    """One event loop for the credentials of all blocking clients. It runs in a daemon thread, which
    starts with the first token request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # A forked child does not inherit the loop's thread.
            if self._loop is None or self._pid != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._pid = os.getpid()
                threading.Thread(
                    target=self._loop.run_forever, name="drivebell-credentials", daemon=True
                ).start()
            return self._loop


_LOOP = _CredentialLoop()

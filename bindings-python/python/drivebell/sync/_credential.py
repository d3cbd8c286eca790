"""Asking a credential where there is no event loop of the program's own."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import cast

from .._credential import Ask, Credential
from .._credential import prepare as prepare_async
from .._native import TokenReply, TokenRequest


def prepare(credential: Credential) -> str | Ask:
    """The credential as the native client takes it; refuses what cannot be one."""
    prepared = prepare_async(credential)
    if isinstance(prepared, str):
        return prepared
    on_loop = prepared

    def ask(request: TokenRequest, reply: TokenReply) -> None:
        loop = _LOOPS.running()
        loop.call_soon_threadsafe(on_loop, request, cast(TokenReply, _ReplyFromLoop(reply, loop)))

    return ask


class _ReplyFromLoop:
    """A `TokenReply` that is given up on the loop, and not on the thread that gives it up."""

    def __init__(self, reply: TokenReply, loop: asyncio.AbstractEventLoop) -> None:
        self.resolve = reply.resolve
        self.reject = reply.reject
        self._reply = reply
        self._loop = loop

    def on_given_up(self, callback: Callable[[], object]) -> None:
        self._reply.on_given_up(lambda: self._loop.call_soon_threadsafe(callback))


class _Loops:
    """One event loop for the credentials of all blocking clients, in a thread that nothing waits
    for, begun when a credential is first asked."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = 0

    def running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            # The thread of a loop does not come along when the process forks.
            if self._loop is None or self._pid != os.getpid():
                self._loop = asyncio.new_event_loop()
                self._pid = os.getpid()
                threading.Thread(
                    target=self._loop.run_forever, name="drivebell-credentials", daemon=True
                ).start()
            return self._loop


_LOOPS = _Loops()

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from . import _native
from ._calls import call
from ._changes_set_base import ChangesSetBase
from ._errors import Error, StateError
from ._events import EventIterator
from ._handlers import Handlers
from ._native import Lifecycle, MemberBatch, MemberEnd
from ._waiting import next_of

if TYPE_CHECKING:
    from ._client import Client


class ChangesSet(ChangesSetBase["Client"], AsyncIterator[MemberBatch | MemberEnd]):
    """The changes of many resources, of one or many users, in one stream. Created and started by
    `Client.changes_all`.

    A member is a resource of one user, with a stream like that of `Client.changes`. Each batch has
    the `resource` and the `client` of its member. If Graph or the credential refuses a member
    permanently, a `MemberEnd` with its `error` comes instead of a batch, and the others continue:

        async for batch in changes:
            if batch.error is not None:
                print(batch.resource, "has ended:", batch.error)
                continue
            store(batch.client, batch.resource, batch.items, batch.checkpoint)

    A member that has ended stays in the set, in state `"closed"`, until it is removed or added
    again. The iteration ends only when the set is closed: by `aclose`, `async with`, closing the
    client, or garbage collection.

    One task at a time may wait for the next batch; another one gets `StateError`. Cancelling a wait
    loses no batch. A slow consumer slows all members down: at most `max_concurrent_queries` of them
    have a page in memory.
    """

    def __init__(self, native: _native.ChangesSet, client: Client) -> None:
        super().__init__(native, client)
        self._waiting = False

    async def __anext__(self) -> MemberBatch | MemberEnd:
        if self._waiting:
            raise StateError("another task waits for the next batch of this stream")
        self._waiting = True
        try:
            return await next_of(self._native)
        finally:
            self._waiting = False

    def events(self) -> AsyncIterator[Lifecycle]:
        """Iterates over what the members go through, as `Changes.events`. Each event has the
        `resource` and the `client` of its member; the last event of one that ends with an error is
        `"ended"`. When the queue is full (`mailbox_capacity`), only events of the same member are
        merged."""
        return self._event_feed.iterate(lambda it: EventIterator[Lifecycle](it, Handlers()))

    async def aclose(self) -> None:
        """Ends the iteration and all members, and waits until no query is running. May be called
        more than once."""
        self._start_close()
        # In a forked child, and when the interpreter exits, there is nothing to wait for.
        with contextlib.suppress(Error):
            await call(self._native.closed)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

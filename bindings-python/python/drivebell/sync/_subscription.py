from __future__ import annotations

from typing import Self

from .. import _native
from .._native import Resource
from .._subscription import SubscriptionBase, closed_while_entering
from ._consumer import Consumer
from ._waiting import DIRECTLY, GivenUpError, Waiting


class Subscription(SubscriptionBase, Consumer):
    """Notifications of one resource. Made by `Client.subscribe`, and entered with `with`.

    It has one consumer of notifications: an iterator (`for note in sub`), or handlers
    (`sub.on("notification", handler)`) that are called by `sub.run()`; never both and never two
    iterators. In everything else it is as `drivebell.Subscription`, whose events, states and rules
    it has. Handlers of other events are called by whoever iterates or runs, in their order.

    `close` may be called from any thread, and by a handler.
    """

    def __init__(self, client: _native.Client, resource: Resource, *, wait_live: bool) -> None:
        super().__init__(client, resource, wait_live=wait_live)
        self._entry: Waiting[_native.Subscription] | None = None

    def __enter__(self) -> Self:
        """Subscribes. An interrupt, or closing from another thread, gives the attempt up."""
        self._check_enterable()
        self._entering = True
        try:
            self._native = self._enter()
        except GivenUpError:
            raise closed_while_entering() from None
        finally:
            self._entering = False
            self._entry = None
        if self._closed:
            self.close()
            raise closed_while_entering()
        return self

    def _enter(self) -> _native.Subscription:
        if not self._wait_live:
            return self._client.subscribe_without_waiting(self._resource, DIRECTLY)
        self._entry = Waiting(
            lambda loop, settle: self._client.subscribe(self._resource, loop, settle)
        )
        # Closed before there was anything to give up.
        if self._closed:
            self._entry.give_up()
        return self._entry.result()

    def _start_close(self) -> None:
        super()._start_close()
        entry = self._entry
        if entry is not None:
            entry.give_up()

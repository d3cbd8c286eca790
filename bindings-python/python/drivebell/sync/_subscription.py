from __future__ import annotations

from typing import Self

from .. import _native
from .._errors import StateError
from .._native import Resource
from .._stop_event import StopEvent, stopped_while_entering
from .._subscription import SubscriptionBase, closed_while_entering
from ._consumer import Consumer
from ._waiting import INLINE_LOOP, BlockingCall, CallCancelledError


class Subscription(SubscriptionBase, Consumer):
    """Notifications of one resource. Created by `Client.subscribe`; enter it with `with`.

    One consumer gets the notifications: an iterator (`for note in sub`) or handlers
    (`sub.on("notification", handler)`), which `sub.run()` calls. Handlers of other events run on
    the thread that iterates or calls `run`. Everything else is as in `drivebell.Subscription`.

    Any thread may call `close`, and so may a handler.
    """

    def __init__(
        self,
        client: _native.Client,
        resource: Resource,
        *,
        wait_live: bool,
        stop_event: StopEvent | None,
    ) -> None:
        super().__init__(client, resource, wait_live=wait_live, stop_event=stop_event)
        self._entry: BlockingCall[_native.Subscription] | None = None

    def __enter__(self) -> Self:
        """Subscribes. An interrupt, or `close` from another thread, ends the attempt."""
        self._check_enterable()
        self._entering = True
        try:
            self._native = self._enter()
        except CallCancelledError:
            if self._stop_event is not None and self._stop_event.is_set():
                raise stopped_while_entering() from None
            raise closed_while_entering() from None
        except StateError:
            if self._closed:
                raise closed_while_entering() from None
            raise
        finally:
            self._entering = False
            self._entry = None
        if self._closed:
            self.close()
            raise closed_while_entering()
        self._opened()
        return self

    def _enter(self) -> _native.Subscription:
        if not self._wait_live:
            return self._native_client.subscribe_without_waiting(self._resource, INLINE_LOOP)
        self._entry = BlockingCall(
            lambda loop, settle: self._native_client.subscribe(self._resource, loop, settle)
        )
        # Another thread may have closed it before there was a call to cancel.
        if self._closed:
            self._entry.cancel()
        stop_event = self._stop_event
        return self._entry.result(None if stop_event is None else stop_event.is_set)

    def _start_close(self) -> None:
        super()._start_close()
        entry = self._entry
        if entry is not None:
            entry.cancel()

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from . import _native
from ._calls import Settle, call
from ._errors import Error, StateError
from ._events import EventIterator, NotificationIterator, Reader, handlers_consume
from ._handlers import Handlers
from ._lifecycle import Lifecycle
from ._native import Call, Notification
from ._stop_event import check_stop_event, let_go, until
from ._unclosed import WarnsIfUnclosed
from ._waiting import Source, next_in_time

NotificationHandler = Callable[[Notification], object]
LifecycleHandler = Callable[[Lifecycle], object]
ErrorHandler = Callable[[BaseException], object]

T = TypeVar("T")


class Native(Source[Notification | Lifecycle], Protocol):
    """A native subscription, or a native set of them."""

    def start_close(self) -> None: ...
    def closed(self, event_loop: asyncio.AbstractEventLoop, settle: Settle[None]) -> Call: ...


class ConsumerBase(WarnsIfUnclosed):
    """What the async and the blocking consumer share."""

    _noun = "subscription"
    _entered_by = "async with"

    def __init__(self, client: _native.Client, stop_event: Any, *more_events: str) -> None:
        self._native_client = client
        self._stop_event = stop_event
        self._close_started = False
        self._handlers = Handlers(*more_events)
        # Of all iterators.
        self._reader: Any = None

    @property
    def _closed(self) -> bool:
        """Whether this, or its client, was closed. A session that ended with an error was not."""
        return self._close_started or self._native_client.is_closed()

    def _native_or_none(self) -> Native | None:
        raise NotImplementedError

    def _is_open(self) -> bool:
        return not self._closed

    def _start_close(self) -> None:
        """Starts closing, without waiting."""
        self._close_started = True
        native = self._native_or_none()
        if native is not None:
            native.start_close()

    def _entered(self) -> Native:
        native = self._native_or_none()
        if native is None:
            raise StateError(f"this {self._noun} is not entered yet: use `{self._entered_by}`")
        return native

    def _add_handler(self, event: str, handler: Any) -> Any:
        self._handlers.check_event(event)
        if handler is None:
            return lambda decorated: self._add_handler(event, decorated)
        self._handlers.check_handler(handler)
        if event == "notification" and self._reader is not None:
            self._reader.give_up()
        self._handlers.add(event, handler)
        self._handlers_changed()
        return handler

    def off(self, event: str, handler: Callable[[Any], object]) -> None:
        """Removes a handler that `on` added; one that was added twice is removed once. Without a
        handler for notifications, they wait for an iterator again, or for the next handler.

        Raises `InvalidArgumentError` for an unknown event, and for a handler that it does not have.
        """
        self._handlers.check_event(event)
        self._handlers.remove(event, handler)
        if event == "notification" and not self._handlers.consume_notifications:
            if self._reader is not None:
                self._reader.take_back()
            self._handlers_changed()

    def _handlers_changed(self) -> None:
        """Called after a handler was added, or the last one for notifications was removed."""

    def _iterate(self, kind: Callable[[Any], T]) -> T:
        native = self._entered()
        if self._handlers.consume_notifications:
            raise handlers_consume()
        if self._reader is None:
            self._reader = self._reader_of(native)
        return kind(self._reader)

    def _reader_of(self, native: Native) -> object:
        raise NotImplementedError


class Consumer(ConsumerBase):
    """Passes the events of one or many sessions to an iterator or to handlers, never to both."""

    def __init__(self, client: _native.Client, stop_event: Any, *more_events: str) -> None:
        check_stop_event(stop_event)
        super().__init__(client, stop_event, *more_events)
        self._pump: asyncio.Task[None] | None = None
        self._source: Source[Notification | Lifecycle] | None = None

    def __aiter__(self) -> AsyncIterator[Notification]:
        """Iterates over the notifications. A further loop goes on where the last one ended, however
        it ended."""
        return self._iterate(NotificationIterator)

    def events(self) -> AsyncIterator[Notification | Lifecycle]:
        """Iterates over the notifications and the lifecycle events, in order. A further loop goes
        on where the last one ended."""
        return self._iterate(EventIterator[Notification | Lifecycle])

    async def next(self, timeout: float | None = None) -> Notification:  # noqa: ASYNC109 - as sync's
        """Waits for the next notification, as a loop does, for `timeout` seconds at most; with 0 it
        only takes one that waits. Nothing is lost by a timeout.

        Raises `TimeoutError`, `StateError` once this is closed, and the error that has ended it.
        """
        return await next_in_time(self.__aiter__(), timeout)

    def _reader_of(self, native: Native) -> Reader:
        return Reader(self._source_of(native), self._handlers)

    def _source_of(self, native: Native) -> Source[Notification | Lifecycle]:
        if self._source is None:
            self._source = until(native, self._stop_event)
        return self._source

    async def aclose(self) -> None:
        """Disconnects from the server and ends the iteration. May be called more than once."""
        self._start_close()
        let_go(self._source)
        native = self._native_or_none()
        if native is None:
            return
        # If the session ended with an error before, closing it is still a success.
        with contextlib.suppress(Error):
            await call(native.closed)
        await self._stop_handlers()

    async def _stop_handlers(self) -> None:
        """Cancels the handlers that run, and waits for them."""
        pump = self._pump
        # A handler may close its own subscription, and must not cancel itself.
        if pump is not None and pump is not asyncio.current_task():
            pump.cancel()
            await asyncio.wait([pump])

    async def wait_closed(self) -> None:
        """Waits until closed. Raises the error that ended the session, if one did."""
        if self._native_or_none() is None and self._closed:
            return
        await call(self._entered().closed)

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _handlers_changed(self) -> None:
        self._pump_if_handlers_consume()

    def _pump_if_handlers_consume(self) -> None:
        native = self._native_or_none()
        if native is None:
            return
        if self._pump is not None:
            self._handlers.look_again()
        elif self._handlers.consume_notifications:
            pumping = self._handlers.pump(self._source_of(native))
            self._pump = asyncio.get_running_loop().create_task(pumping)

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Protocol, TypeVar

from ._calls import Settle
from ._native import Call, ChangesEvents
from ._waiting import Source

T_co = TypeVar("T_co", covariant=True)


class BatchSource(Source[T_co], Protocol[T_co]):
    """A native stream of changes, or a native set of them."""

    def events(self) -> ChangesEvents: ...

    def start_close(self) -> None: ...

    def closed(self, event_loop: AbstractEventLoop, settle: Settle[None]) -> Call: ...

from __future__ import annotations

from asyncio import AbstractEventLoop
from typing import Generic, Protocol, TypeVar

from ._calls import Settle
from ._native import Call, ChangesEvents
from ._waiting import Source

T_co = TypeVar("T_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)


class BatchSource(Source[T_co], Protocol[T_co]):
    """A native stream of changes, or a native set of them."""

    def events(self) -> ChangesEvents: ...

    def is_open(self) -> bool: ...

    def start_close(self) -> None: ...

    def closed(self, event_loop: AbstractEventLoop, settle: Settle[None]) -> Call: ...


class MirrorSource(BatchSource[T_co], Protocol[T_co, B_co]):
    """A native mirror, or a native set of them."""

    def try_next_batch(self) -> B_co | None: ...


class InBatches(Generic[B_co]):
    """The source of a mirror's batches."""

    def __init__(self, mirror: MirrorSource[object, B_co]) -> None:
        self.try_next = mirror.try_next_batch
        self.arm = mirror.arm

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from .._subscription_set import SubscriptionSetBase
from ._consumer import Consumer
from ._waiting import DIRECTLY

if TYPE_CHECKING:
    from ._client import Client  # noqa: F401 - in quotes below


class SubscriptionSet(SubscriptionSetBase["Client"], Consumer):
    """Notifications of many resources, of one user or of many, in one order. Made by
    `Client.subscribe_all`, and entered with `with`.

    It is consumed as a `Subscription` is, and in everything else as `drivebell.SubscriptionSet`.
    """

    def __enter__(self) -> Self:
        """Subscribes, and waits for nothing."""
        self._enter()
        return self

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return DIRECTLY

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from .._subscription_set import SubscriptionSetBase
from ._consumer import Consumer
from ._waiting import INLINE_LOOP

if TYPE_CHECKING:
    from ._client import Client  # noqa: F401 - in quotes below


class SubscriptionSet(SubscriptionSetBase["Client"], Consumer):
    """Notifications of many resources, of one or many users, in one stream. Created by
    `Client.subscribe_all`; enter it with `with`.

    It is consumed like a `Subscription`. Everything else is as in `drivebell.SubscriptionSet`.
    """

    def __enter__(self) -> Self:
        """Subscribes, without waiting until the members are live."""
        self._enter()
        return self

    def _event_loop(self) -> asyncio.AbstractEventLoop:
        return INLINE_LOOP

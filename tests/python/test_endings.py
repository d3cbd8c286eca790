"""Each way in which a connection ends causes one event, with its own reason, and a reconnect."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Start
from session import HEARTBEAT, expect, expect_no_more_than_a_change, lifecycle, subscribed

ENDINGS: dict[str, tuple[str | dict[str, Any], str]] = {
    "41": ("disconnect", "namespace_disconnect"),
    "Engine.IO close": ("engineClose", "engine_close"),
    "WebSocket close 1000": ({"close": {"code": 1000}}, "websocket_close"),
    "WebSocket close 1001": ({"close": {"code": 1001, "reason": "away"}}, "websocket_close"),
    "WebSocket close 1011": ({"close": {"code": 1011}}, "websocket_close"),
    "WebSocket close without a status": ({"close": {}}, "websocket_close"),
    "FIN": ("cut", "connection_closed"),
    "RST": ("reset", "connection_reset"),
    "silence": ("silence", "heartbeat_timeout"),
    "server_disconnect": (
        {"serverDisconnect": {"code": 503, "message": "moving", "retryAfter": 1}},
        "server_disconnect",
    ),
}
MESSAGES = {
    "WebSocket close 1000": "with code 1000",
    "WebSocket close 1001": "with code 1001 (away)",
    "WebSocket close 1011": "with code 1011",
    "server_disconnect": "code 503 (moving)",
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_disconnect_has_its_own_reason_and_is_followed_by_a_reconnect(
    start: Start, ending: str
) -> None:
    fault, reason = ENDINGS[ending]
    with start(*(HEARTBEAT if ending == "silence" else ())) as service:
        async with subscribed(service) as (sub, events):
            service.notify()
            await expect(events, "connected", "changed")
            service.fault(fault, on="socket")
            event = await lifecycle(events, "disconnected")
            assert event.reason == reason
            assert MESSAGES.get(ending, "") in str(event.message)
            assert event.retry_in is not None
            if ending == "server_disconnect":
                assert event.retry_after == event.retry_in == 1
            else:
                assert event.retry_after is None
                assert 0 <= event.retry_in <= 0.05
            assert f"Disconnected({sub.resource!r}, reason={reason!r}, retry_in=" in repr(event)
            assert (event.error, event.coalesced) == (None, 0)
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(service, events)
            stats = sub.stats()
            assert (stats.reconnects, stats.renewals, stats.notifications) == (1, 0, 2)


@pytest.mark.parametrize("pause", [1e19, "Fri, 31 Dec 9999 23:59:59 GMT"])
async def test_an_endless_pause_is_cut(start: Start, pause: object) -> None:
    with start() as service:
        async with subscribed(service) as (_, events):
            service.notify()
            await expect(events, "connected", "changed")
            service.fault({"serverDisconnect": {"retryAfter": pause}}, on="socket")
            event = await lifecycle(events, "disconnected")
            # The default of `max_retry_after`.
            assert event.retry_after == event.retry_in == 3600

"""Every way in which a connection ends is told once, by its own name, from either server."""

from __future__ import annotations

from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import soon
from drivebell import Lifecycle, Resource

from simulator import TOKEN

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
        {"serverDisconnect": {"code": 503, "message": "moving", "retryAfter": 7}},
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
async def test_an_ending_is_told_once_by_its_own_name(start: Start, ending: str) -> None:
    fault, reason = ENDINGS[ending]
    with start("--ping-interval", "200", "--ping-timeout", "200") as service:
        async with (
            drivebell.Client(TOKEN, base_url=service.base_url) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            service.notify()
            events = sub.events()
            kinds = [(await soon(anext(events))).kind for _ in range(2)]
            assert kinds == ["connected", "changed"]
            service.fault(fault, on="socket")
            told = await soon(anext(events))
            assert isinstance(told, Lifecycle)
            assert (told.kind, told.reason) == ("disconnected", reason)
            assert MESSAGES.get(ending, "") in str(told.message)
            retry_after = 7 if ending == "server_disconnect" else None
            assert told.retry_after == retry_after
            with pytest.raises(drivebell.ConnectionFailedError) as raised:
                await soon(anext(events))
            assert (raised.value.reason, raised.value.retry_after) == (reason, retry_after)
            with pytest.raises(StopAsyncIteration):
                await soon(anext(events))

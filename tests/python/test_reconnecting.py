"""Failures while a session reconnects, and the events that its consumer gets."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import Client, Lifecycle, Resource
from session import (
    HURRIED,
    assert_one_gap,
    expect,
    expect_no_more_than_a_change,
    lifecycle,
    subscribed,
    until,
)

from simulator import TOKEN, Simulator

SITE = "https://drivebell.github.io/drivebell/"


async def test_a_session_reconnects_to_a_restarted_service(start: Start) -> None:
    with start() as service:
        async with subscribed(service) as (sub, events):
            await expect(events, "connected")
            for restarts in (1, 2):
                service.kill()
                received = [*await until(events, "unavailable")]
                service.start_again()
                received += await until(events, "connected")
                assert_one_gap(received)
                event = received[0]
                assert isinstance(event, Lifecycle)
                assert event.reason in ("connection_closed", "connection_reset")
                for event in received[1:-1]:
                    assert isinstance(event, Lifecycle)
                    assert isinstance(event.error, drivebell.Error)
                    assert event.error.retryable
                    assert event.retry_in is not None
                    assert 0 <= event.retry_in <= 0.05
                    assert (event.reason, event.message, event.retry_after) == (None, None, None)
                    assert event.help_url == event.error.help_url
                await expect(events, "resync")
                await expect_no_more_than_a_change(service, events)
                assert sub.stats().reconnects == restarts


async def test_a_lasting_refusal_ends_the_session_with_its_error(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """The service restarts and no longer accepts the token."""
    with start() as service:
        async with Client(TOKEN, base_url=service.base_url, **HURRIED, refusal_timeout=0) as client:
            heard: asyncio.Queue[BaseException] = asyncio.Queue()
            kinds: list[str] = []
            sub, unheard = (client.subscribe(Resource.my_drive()) for _ in range(2))
            sub.on("notification", lambda note: kinds.append(note.kind))
            sub.on("disconnected", lambda event: kinds.append(event.kind))
            sub.on("unavailable", lambda event: kinds.append(event.kind))
            sub.on("error", heard.put_nowait)
            unheard.on("notification", lambda _note: None)
            async with sub, unheard:
                service.kill()
                service.tokens = ("another-token",)
                service.start_again()
                error = await soon(heard.get())
                assert isinstance(error, drivebell.AuthenticationError)
                assert error.status == 401
                # The URL is refused first, and the service may still be down.
                assert kinds == ["disconnected", *["unavailable"] * (len(kinds) - 1)]
                for ended in (sub, unheard):
                    with pytest.raises(drivebell.AuthenticationError):
                        await soon(ended.wait_closed())
                    assert ended.state == "closed"
                await eventually(lambda: "no handler for 'error'" in caplog.text)
                assert TOKEN not in caplog.text


# In the following tests, Graph or the notification server fails temporarily. Only our simulator can
# do this.


def fault(action: str | dict[str, Any], **fields: Any) -> tuple[str, str]:
    return ("--fault", json.dumps({"action": action, **fields}))


async def test_a_throttling_pause_is_reported_and_respected() -> None:
    throttled = fault({"answer": {"status": 429, "retryAfter": 1}}, on="endpoint", times=1)
    with Simulator(throttled) as simulator:
        async with subscribed(simulator) as (sub, events):
            event = await lifecycle(events, "unavailable")
            assert isinstance(event.error, drivebell.ThrottledError)
            assert (event.error.retry_after, event.retry_in) == (1, 1)
            assert "error=ThrottledError(" in repr(event)
            assert "retry_in=1.0" in repr(event)
            await expect(events, "connected")
            # No resync: entering had not returned, so no change was missed.
            await expect_no_more_than_a_change(simulator, events)
            assert sub.stats().reconnects == 0
            assert simulator.endpoint_calls() == 2


async def test_an_endpoint_that_is_temporarily_unsupported_is_requested_again() -> None:
    with Simulator(fault({"answer": {"status": 400}}, on="endpoint", times=3)) as simulator:
        async with subscribed(simulator) as (_, events):
            for _ in range(3):
                event = await lifecycle(events, "unavailable")
                assert isinstance(event.error, drivebell.GraphError)
                assert (event.error.status, event.error.code) == (400, "notSupported")
            await expect(events, "connected")
            await expect_no_more_than_a_change(simulator, events)


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ({"refuseNamespace": {}}, "namespace"),
        ({"answer": {"status": 503}}, "503"),
        ({"answer": {"status": 400}}, "400"),
    ],
    ids=str,
)
async def test_a_refused_reconnect_requests_a_new_endpoint(
    action: dict[str, Any], error: str
) -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.coming_fault(action, on="socket", times=1)
            simulator.fault("reset", on="socket")
            event = await lifecycle(events, "disconnected")
            assert event.reason == "connection_reset"
            assert event.help_url == f"{SITE}events/connection-reset/"
            event = await lifecycle(events, "unavailable")
            assert isinstance(event.error, drivebell.Error)
            assert error in str(event.error)
            assert "token=" not in repr(event)
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)
            assert simulator.endpoint_calls() == 2


async def test_a_quick_reconnect_needs_no_new_endpoint() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.fault("cut", on="socket")
            await expect(events, "disconnected", "connected", "resync")
            assert simulator.endpoint_calls() == 1


async def test_a_permanent_403_ends_the_session() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator, refusal_timeout=0.2) as (sub, events):
            await expect(events, "connected")
            simulator.coming_fault({"answer": {"status": 403}})
            simulator.fault("reset", on="socket")
            await expect(events, "disconnected", "unavailable")
            with pytest.raises(drivebell.AccessDeniedError) as raised:
                await until(events, "connected")
            assert raised.value.status == 403
            assert sub.stats().reconnects == 0
            with pytest.raises(StopAsyncIteration):
                await soon(anext(events))
            with pytest.raises(drivebell.AccessDeniedError):
                await soon(sub.wait_closed())
            assert sub.state == "closed"


async def test_a_temporary_403_does_not_end_the_session() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.coming_fault({"answer": {"status": 403}}, times=3)
            simulator.fault("reset", on="socket")
            assert_one_gap(await until(events, "connected"))
            await expect(events, "resync")
            await expect_no_more_than_a_change(simulator, events)


async def test_an_unreadable_event_causes_a_resync_only() -> None:
    malformed = {"text": {"text": '42/notifications,["notification","{"]'}}
    with Simulator() as simulator:
        async with subscribed(simulator) as (sub, events):
            await expect(events, "connected")
            simulator.fault(malformed, on="socket")
            await expect(events, "resync")
            await expect_no_more_than_a_change(simulator, events)
            assert sub.state == "live"


async def test_a_protocol_violation_causes_a_reconnect() -> None:
    with Simulator() as simulator:
        async with subscribed(simulator) as (_, events):
            await expect(events, "connected")
            simulator.fault({"text": {"text": "9"}}, on="socket")
            event = await lifecycle(events, "disconnected")
            assert event.reason == "protocol_error"
            await expect(events, "connected", "resync")
            await expect_no_more_than_a_change(simulator, events)

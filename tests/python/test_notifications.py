"""The events of a subscription, by iterator and by handlers."""

from __future__ import annotations

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from drivebell import Lifecycle, Notification, Resource

from simulator import TOKEN, Simulator


async def test_a_notification_has_the_payload_of_the_service(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        before = datetime.now(UTC)
        simulator.upload("report.txt")
        note = await soon(anext(aiter(sub)))
    assert isinstance(note, Notification)
    assert note.kind == "changed"
    assert note.resource == sub.resource == Resource.my_drive()
    assert note.coalesced == 0
    assert before - timedelta(seconds=1) < note.received_at < datetime.now(UTC)
    payload = note.payload
    assert payload is not None
    assert payload.client_state == "system-managed:8082D436-D8DA-458D-96AD-34C902B73F37"
    assert payload.subscription_expires_at is not None
    assert payload.subscription_expires_at > before
    assert payload.raw["subscriptionId"] == payload.subscription_id
    assert payload.raw["resource"] == payload.list_id
    assert payload.raw["tenantId"] == payload.tenant_id
    assert payload.raw["siteUrl"] == payload.site_url
    assert payload.raw["webId"] == payload.web_id


@pytest.mark.parametrize("shape", ["observed", "flat"])
@pytest.mark.parametrize("argument", ["string", "object"])
async def test_every_form_of_event_is_read(start: Start, shape: str, argument: str) -> None:
    with start("--payload", shape, "--argument", argument) as simulator:
        async with (
            drivebell.Client(TOKEN, base_url=simulator.base_url) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            simulator.notify()
            note = await soon(anext(aiter(sub)))
    assert note.payload is not None
    assert note.payload.subscription_id
    assert note.payload.subscription_expires_at is not None
    assert (note.payload.tenant_id is None) == (shape == "flat")


async def test_many_notifications_arrive_in_the_order_of_sending(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        simulator.notify(1000)
        received = 0
        async for note in sub:
            received += 1 + note.coalesced
            if received == 1000:
                break
    assert received == 1000


async def test_a_cancelled_wait_loses_nothing(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        received = cancelled = 0
        notes = aiter(sub)
        a_wait_was_cancelled = asyncio.Event()

        async def send_while_waits_are_cancelled() -> None:
            for _ in range(50):
                await a_wait_was_cancelled.wait()
                a_wait_was_cancelled.clear()
                await asyncio.to_thread(simulator.notify, 20)

        sending = asyncio.create_task(send_while_waits_are_cancelled())
        async with asyncio.timeout(60):
            while received < 1000:
                try:
                    note = await asyncio.wait_for(anext(notes), 0.0005)
                except TimeoutError:
                    cancelled += 1
                    a_wait_was_cancelled.set()
                else:
                    received += 1 + note.coalesced
        await sending
        assert received == 1000
        assert cancelled >= 50


async def test_after_a_break_the_next_loop_continues(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        simulator.notify(10)
        received = 0
        for goal in (3, 10):
            async for _ in sub:
                received += 1
                if received == goal:
                    break
    assert received == 10


async def test_events_come_in_order_with_the_lifecycle(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        simulator.notify(2)
        events = sub.events()
        first = await soon(anext(events))
        assert isinstance(first, Lifecycle)
        assert (first.kind, first.reason, first.retry_after) == ("connected", None, None)
        assert isinstance(await soon(anext(events)), Notification)
        assert isinstance(await soon(anext(events)), Notification)


async def test_handlers_are_called_in_order_sync_and_async(
    client: drivebell.Client, simulator: Simulator
) -> None:
    calls: list[str] = []
    done = asyncio.Event()
    sub = client.subscribe(Resource.my_drive())

    @sub.on("connected")
    async def connected(event: Lifecycle) -> None:
        await asyncio.sleep(0)
        calls.append(event.kind)

    @sub.on("notification")
    async def slow(_note: Notification) -> None:
        calls.append("begin")
        await asyncio.sleep(0)
        calls.append("end")
        if len(calls) == 1 + 3 * 3:
            done.set()

    def quick(_note: Notification) -> None:
        calls.append("quick")
        if len(calls) == 1 + 3 * 3:
            done.set()

    assert sub.on("notification", quick) is quick
    async with sub:
        simulator.notify(3)
        await soon(done.wait())
    assert calls == ["connected", *["begin", "end", "quick"] * 3]


async def test_a_handler_may_be_added_after_entering(
    client: drivebell.Client, simulator: Simulator
) -> None:
    received: asyncio.Queue[Notification] = asyncio.Queue()
    async with client.subscribe(Resource.my_drive()) as sub:
        simulator.notify(3)
        sub.on("notification", received.put_nowait)
        for _ in range(3):
            await soon(received.get())


async def test_a_lifecycle_handler_may_run_beside_an_iterator(
    client: drivebell.Client, simulator: Simulator
) -> None:
    calls: list[str] = []
    async with client.subscribe(Resource.my_drive()) as sub:
        sub.on("connected", lambda event: calls.append(event.kind))
        simulator.notify()
        await soon(anext(aiter(sub)))
        sub.on("disconnected", lambda event: calls.append(event.kind))
        simulator.notify()
        await soon(anext(aiter(sub)))
    assert calls == ["connected"]


async def test_the_exception_of_a_handler_is_logged_and_the_session_continues(
    client: drivebell.Client, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    received: asyncio.Queue[Notification] = asyncio.Queue()
    sub = client.subscribe(Resource.my_drive())

    @sub.on("notification")
    def bad(_note: Notification) -> None:
        raise LookupError("what the handler said")

    sub.on("notification", received.put_nowait)
    with caplog.at_level(logging.ERROR, logger="drivebell"):
        async with sub:
            simulator.notify(2)
            await soon(received.get())
            await soon(received.get())
    assert len(caplog.records) == 2
    assert "what the handler said" in caplog.text
    assert "Traceback" in caplog.text


async def test_there_is_one_consumer(client: drivebell.Client, simulator: Simulator) -> None:
    def handler(_note: Notification) -> None: ...

    async with client.subscribe(Resource.my_drive()) as sub:
        notes = aiter(sub)
        waiting = asyncio.create_task(_next(notes))
        await asyncio.sleep(0)
        for other in (notes, aiter(sub), sub.events()):
            with pytest.raises(drivebell.StateError, match="another task"):
                await anext(other)
        with pytest.raises(drivebell.StateError, match="iterator"):
            sub.on("notification", handler)
        simulator.notify()
        await soon(waiting)
        sub.on("notification", handler)
        with pytest.raises(drivebell.StateError, match="handler"):
            await anext(notes)

    sub = client.subscribe(Resource.my_drive())
    sub.on("notification", handler)
    async with sub:
        with pytest.raises(drivebell.StateError, match="handler"):
            aiter(sub)


async def _next(notes: object) -> Notification:
    assert isinstance(notes, drivebell._events.NotificationIterator)
    return await anext(notes)


async def test_a_slow_consumer_learns_how_many_were_merged(start: Start) -> None:
    with start() as simulator:
        async with (
            drivebell.Client(TOKEN, base_url=simulator.base_url, mailbox_capacity=8) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            simulator.notify(500)
            await eventually(lambda: simulator.sent() == 500)
            await eventually(lambda: sub.stats().notifications == 500)
            # `connected` occupies one place.
            assert (sub.stats().pending, sub.stats().coalesced) == (8, 493)
            notes = aiter(sub)
            merged = [(await soon(anext(notes))).coalesced for _ in range(7)]
            assert sum(1 + coalesced for coalesced in merged) == 500
            simulator.notify()
            assert (await soon(anext(notes))).coalesced == 0


async def test_a_duplicated_event_is_passed_on(start: Start) -> None:
    with start("--duplicate") as simulator:
        async with (
            drivebell.Client(TOKEN, base_url=simulator.base_url) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            simulator.upload("one.txt")
            notes = aiter(sub)
            await soon(anext(notes))
            await soon(anext(notes))


async def test_closing_ends_the_iteration_and_the_connection(simulator: Simulator) -> None:
    async with drivebell.Client(TOKEN, base_url=simulator.base_url) as client:
        await eventually(lambda: simulator.connected() == 0)
        sub = client.subscribe(Resource.my_drive())
        async with sub:
            waiting = asyncio.create_task(_next(aiter(sub)))
            await asyncio.sleep(0)
            assert simulator.connected() == 1
            await soon(sub.aclose())
            await soon(sub.aclose())
            with pytest.raises(StopAsyncIteration):
                await soon(waiting)
            await soon(sub.wait_closed())
            await eventually(lambda: simulator.connected() == 0)
    with pytest.raises(drivebell.StateError):
        await sub.__aenter__()


async def test_a_handler_may_close_its_own_subscription(
    client: drivebell.Client, simulator: Simulator
) -> None:
    sub = client.subscribe(Resource.my_drive())
    closed = asyncio.Event()

    @sub.on("notification")
    async def once(_note: Notification) -> None:
        await sub.aclose()
        closed.set()

    async with sub:
        simulator.notify()
        await soon(closed.wait())


async def test_closing_does_not_wait_for_a_handler_that_hangs(
    client: drivebell.Client, simulator: Simulator
) -> None:
    started = asyncio.Event()
    sub = client.subscribe(Resource.my_drive())

    @sub.on("notification")
    async def hang(_note: Notification) -> None:
        started.set()
        await asyncio.Event().wait()

    async with sub:
        simulator.notify()
        await soon(started.wait())
        await soon(sub.aclose())


async def test_a_garbage_collected_subscription_closes_itself(simulator: Simulator) -> None:
    async with drivebell.Client(TOKEN, base_url=simulator.base_url) as client:
        await eventually(lambda: simulator.connected() == 0)
        sub = client.subscribe(Resource.my_drive())
        await sub.__aenter__()
        waiting = asyncio.create_task(_next(aiter(sub)))
        await asyncio.sleep(0)
        assert simulator.connected() == 1
        waiting.cancel()
        await asyncio.wait([waiting])
        with pytest.warns(ResourceWarning):
            del sub, waiting
        await eventually(lambda: simulator.connected() == 0)


async def test_entering_can_be_cancelled(simulator: Simulator) -> None:
    async with drivebell.Client(TOKEN, base_url=simulator.base_url) as client:
        await eventually(lambda: simulator.connected() == 0)
        for _ in range(20):
            entering = asyncio.create_task(client.subscribe(Resource.my_drive()).__aenter__())
            await asyncio.sleep(0.001)
            entering.cancel()
            await asyncio.wait([entering])
            if not entering.cancelled():
                await (await entering).aclose()
        await eventually(lambda: simulator.connected() == 0)


async def test_the_raw_notification_is_what_was_sent(
    client: drivebell.Client, simulator: Simulator
) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        simulator.notify()
        note = await soon(anext(aiter(sub)))
    assert note.payload is not None
    assert json.loads(json.dumps(note.payload.raw)) == note.payload.raw
    assert "Notification changed /me/drive/root" in repr(note)

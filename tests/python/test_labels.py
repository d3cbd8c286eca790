"""The label of a client is in its errors and its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import drivebell
import pytest
from deadline import soon
from drivebell import Client, Lifecycle, Resource, sync
from session import HURRIED, lifecycle, subscribed, until

from simulator import TOKEN, Simulator

MISSING = Resource.drive("b!missing")


async def test_an_error_has_the_label_in_a_field_and_in_its_text(simulator: Simulator) -> None:
    options: dict[str, Any] = {"base_url": simulator.base_url, "first_refusal_timeout": 0}
    async with Client(TOKEN, label="alex", **options) as client:
        assert client.label == "alex"
        with pytest.raises(drivebell.NotFoundError, match=r"^\[alex\] ") as raised:
            await soon(client.endpoint(MISSING))
        assert raised.value.label == "alex"
    with sync.Client(TOKEN, label="alex", **options) as blocking:
        with pytest.raises(drivebell.NotFoundError, match=r"^\[alex\] ") as raised:
            blocking.endpoint(MISSING)
        assert raised.value.label == "alex"
    async with Client(TOKEN, **options) as client:
        with pytest.raises(drivebell.NotFoundError) as raised:
            await soon(client.endpoint(MISSING))
        assert (client.label, raised.value.label) == (None, None)


async def test_another_user_has_the_same_label_or_its_own(simulator: Simulator) -> None:
    async with Client(TOKEN, base_url=simulator.base_url, label="alex") as alex:
        assert alex.with_credential(TOKEN).label == "alex"
        kim = alex.with_credential(TOKEN, label="kim")
        assert (alex.label, kim.label) == ("alex", "kim")
        async with alex.subscribe_all([Resource.my_drive()]) as subs:
            subs.add(Resource.my_drive(), client=kim)
            events = subs.events()
            connected = [(await until(events, "connected"))[-1] for _ in range(2)]
        labels = {event.client: event.label for event in connected if isinstance(event, Lifecycle)}
        assert labels == {alex: "alex", kim: "kim"}


async def test_an_event_has_the_label(simulator: Simulator) -> None:
    async with subscribed(simulator, label="alex") as (_, events):
        event = await lifecycle(events, "connected")
        assert event.label == "alex"
        assert "label='alex'" in repr(event)
    async with subscribed(simulator) as (_, events):
        event = await lifecycle(events, "connected")
        assert event.label is None
        assert "label" not in repr(event)
    async with (
        Client(TOKEN, base_url=simulator.base_url, label="kim", **HURRIED) as client,
        client.changes(Resource.my_drive(), since="now") as changes,
    ):
        assert (await soon(anext(changes.events()))).label == "kim"


@pytest.mark.parametrize(
    ("label", "problem"),
    [
        ("", "empty"),
        ("x" * 65, "65 characters"),
        ("a\nb", "control character"),
        (7, "must be a str"),
    ],
)
def test_a_text_that_cannot_be_a_label_is_refused(label: str, problem: str) -> None:
    client = Client(TOKEN)
    makers: list[Callable[[], Client]] = [
        lambda: Client(TOKEN, label=label),
        lambda: client.with_credential("t", label=label),
    ]
    for make in makers:
        with pytest.raises(drivebell.InvalidArgumentError, match=r"^label: ") as raised:
            make()
        assert raised.value.argument == "label"
        assert problem in str(raised.value)

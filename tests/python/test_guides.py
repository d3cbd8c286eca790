"""The tables of the guides name everything that there is, and nothing else."""

from __future__ import annotations

import re
from inspect import isdatadescriptor
from typing import get_args

from drivebell import Cloud, Notification, Payload, Resource
from drivebell._handlers import LifecycleName
from drivebell._names import ChangesState, DisconnectReason, SubscriptionState
from test_figures import cells, section, text_of

CODE = re.compile(r"`([^`]+)`")


def first_column(table: str) -> list[str]:
    """The names in backticks in the first cell of each row, without the heading."""
    rows = [cells(line) for line in table.splitlines() if line.startswith("| ")][1:]
    return [name for row in rows for name in CODE.findall(row[0])]


def subsection(document: str, heading: str) -> str:
    return text_of(document).partition(f"\n### {heading}\n")[2].partition("\n#")[0]


def test_every_reason_of_an_end_is_explained() -> None:
    table = subsection("docs/gaps.md", "Why a connection ends")
    assert first_column(table) == list(get_args(DisconnectReason))


def test_every_event_of_a_subscription_is_explained() -> None:
    table = section("docs/gaps.md", "When the service goes away").partition("\nThe wait")[0]
    assert set(first_column(table)) == set(get_args(LifecycleName))


def test_every_state_is_named() -> None:
    text = subsection("docs/gaps.md", "State and counts").splitlines()[1]
    named = CODE.findall(text.partition("the session's state:")[2].partition(".")[0])
    assert named == list(get_args(SubscriptionState))
    health = section("docs/service.md", "Is it well?").partition("\n## ")[0]
    states = {*get_args(ChangesState), *get_args(SubscriptionState)}
    assert {"live", "polling", "away", "enumerating", "signing_in"} <= states & set(
        CODE.findall(health)
    )


def test_every_field_of_a_notification_is_explained() -> None:
    tables = section("docs/notifications.md", "Its fields").partition("\n## ")[0]
    of_notification, _, of_payload = tables.partition("| field of `payload` |")
    note = Notification(Resource.my_drive(), {})
    assert set(first_column(of_notification)) == {*note.to_dict(), "client"}
    fields = {name for name, value in vars(Payload).items() if isdatadescriptor(value)}
    assert len(fields) > 5
    assert set(first_column("| field |" + of_payload)) == fields


def test_every_cloud_has_its_address() -> None:
    table = section("docs/network.md", "National clouds").partition("\nSet `cloud`")[0]
    rows = [cells(line) for line in table.splitlines() if line.startswith("| `")][1:]
    assert [CODE.findall(row[0]) for row in rows] == [[cloud.value] for cloud in Cloud]
    assert Cloud.__doc__ is not None
    assert [CODE.findall(row[1])[0] for row in rows] == re.findall(
        r"`(https://\S+)`", Cloud.__doc__
    )

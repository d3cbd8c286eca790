"""What the simulator tells about itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """A file or folder of a simulated drive. `path` starts at the drive's root: `/folder/file`."""

    id: str
    name: str
    path: str
    size: int
    is_folder: bool


@dataclass(frozen=True)
class Request:
    """A request that the simulator received. `path` includes the query. The names of `headers` are
    in lower case; they hold the bearer token."""

    method: str
    path: str
    headers: dict[str, str] = field(repr=False)
    received_at: datetime


@dataclass(frozen=True)
class Session:
    """A connection that gets notifications. `expires_at` is when its notification URL expires."""

    id: str
    drive: str
    subscription_id: str
    joined_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class SentEvent:
    """A notification that was sent to a session. `number` counts from 1."""

    number: int
    drive: str
    subscription_id: str
    session: str
    sent_at: datetime


def item(found: dict[str, Any]) -> Item:
    return Item(found["id"], found["name"], found["path"], found["size"], found["folder"])


def request(found: dict[str, Any]) -> Request:
    at = _time(found["receivedAtMicros"])
    return Request(found["method"], found["path"], dict(found["headers"]), at)


def session(found: dict[str, Any]) -> Session:
    return Session(
        found["socket"],
        found["drive"],
        found["subscriptionId"],
        _time(found["joinedAtMicros"]),
        _time(found["expiresAtMicros"]),
    )


def sent_event(found: dict[str, Any]) -> SentEvent:
    return SentEvent(
        found["sequence"],
        found["drive"],
        found["subscriptionId"],
        found["socket"],
        _time(found["emittedAtMicros"]),
    )


def _time(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)

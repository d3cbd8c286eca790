"""The simulator for tests without an event loop."""

from __future__ import annotations

import contextlib
import json
import math
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self, TypeVar

from .. import sync
from .._errors import TimeoutError, invalid
from . import _records
from ._control import Control
from ._error import SimulatorError
from ._fault import Fault, FaultAction, FaultStage, FaultTarget, FaultTime, fault_body
from ._process import Process
from ._records import Item, Request, SentEvent, Session

T = TypeVar("T")

MY_DRIVE = "b!me"
"""The id of the drive behind `/me/drive`."""
USER = "alex@contoso.com"
"""The user to whom it belongs."""
DEFAULT_TOKEN = "token-of-the-simulator"
DEADLINE = 10.0
"""Seconds that waiting takes at most, unless a call says otherwise."""
PAUSE = 0.005
"""Seconds between two looks."""
HURRIED: dict[str, Any] = {"retry_min": 0.01, "retry_max": 0.1, "first_refusal_timeout": 0}
"""Options of the client: tests wait for no attempt longer than they must."""


class SyncSimulator:
    """A simulator of Microsoft's service in its own process, on a free port of 127.0.0.1.

    Use it as `with SyncSimulator() as simulator:`, or call `start` and `close`. It never outlives
    this process. The calls block for about a millisecond, and no fault affects them; in async tests
    use `Simulator`, which has the same ones.

    `options` are those of its command line, for example `"--lifetime", "2"`: `drivebell-simulator
    --help` lists them. `token` is an access token that it accepts and that never expires.
    Microsoft does not document what happens to connections whose notification URL expires; here
    they are cut off, unless the options have `--at-expiry`.
    """

    def __init__(
        self, *options: str, token: str = DEFAULT_TOKEN, start_timeout: float = DEADLINE
    ) -> None:
        for option in options:
            if not isinstance(option, str):
                raise invalid("options", f"{option!r} is not a text, as on a command line")
        if not token:
            raise invalid("token", "it is empty")
        self.token = token
        """An access token that every request is accepted with. It never expires."""
        self._options = options
        self._start_timeout = start_timeout
        self._process: Process | None = None
        self._control: Control | None = None

    def start(self) -> None:
        """Starts the process, in a few hundredths of a second.

        Raises `SimulatorError` if it is not installed, or does not start within `start_timeout`.
        The error has what it wrote to stderr.
        """
        if self._process is not None:
            return
        options = ["--token", self.token, *self._options]
        if not any(option.startswith("--at-expiry") for option in options):
            options += ["--at-expiry", "drop"]
        self._process = Process(options, self._start_timeout)
        self._control = Control(self._process.base_url)

    def close(self) -> None:
        """Ends the process. May be called more than once."""
        process, self._process, self._control = self._process, None, None
        if process is not None:
            process.kill()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def base_url(self) -> str:
        """The `base_url` of clients: `http://127.0.0.1:PORT`."""
        if self._process is None:
            raise SimulatorError("the simulator does not run: start it first")
        return self._process.base_url

    def client(self, **options: Any) -> sync.Client:
        """A new client of this simulator, with `credential`, whose tokens expire. `options` are
        those of `drivebell.sync.Client`. Its waits between attempts are short, so that tests are
        fast."""
        return sync.Client(self.credential, **self._client_options(options))

    def _client_options(self, options: dict[str, Any]) -> dict[str, Any]:
        return {"base_url": self.base_url, **HURRIED, **options}

    def credential(self) -> dict[str, Any]:
        """Signs the user of `/me/drive` in, and returns what the identity service says: an access
        token for an hour, or a refusal. A credential of clients. After `advance` the token is
        refused, and the client asks for another one."""
        form = {
            "client_id": "drivebell.testing",
            "grant_type": "password",
            "username": USER,
            "password": "any",
            "scope": "https://graph.microsoft.com/.default",
        }
        path = "/common/oauth2/v2.0/token"
        body = urllib.parse.urlencode(form)
        media_type = "application/x-www-form-urlencoded"
        status, text = self._running().send("POST", path, None, body, media_type)
        with contextlib.suppress(ValueError):
            answer = json.loads(text)
            if isinstance(answer, dict) and answer.keys() & {"access_token", "error"}:
                return answer
        raise SimulatorError(f"the identity service responded with HTTP {status}", status=status)

    def upload(self, path: str, content: bytes | str = b"", *, drive: str = MY_DRIVE) -> Item:
        """Creates or replaces a file, and creates the folders above it."""
        return self._item("PUT", "files", path, drive, body=content)

    def create_folder(self, path: str, *, drive: str = MY_DRIVE) -> Item:
        """Creates a folder, and the folders above it."""
        return self._item("POST", "folders", path, drive)

    def move(self, path: str, to: str, *, drive: str = MY_DRIVE) -> Item:
        """Renames or moves an item, or both: `to` is its whole new path."""
        return self._item("PATCH", "items", path, drive, to=to)

    def rename(self, path: str, name: str, *, drive: str = MY_DRIVE) -> Item:
        """Gives an item another name, in the same folder."""
        if not name or "/" in name:
            raise invalid("name", f"{name!r} is not the name of an item; `move` takes a path")
        folder = path.rstrip("/").rpartition("/")[0]
        return self.move(path, f"{folder}/{name}", drive=drive)

    def delete(self, path: str, *, drive: str = MY_DRIVE) -> Item:
        """Deletes an item; a folder with everything below it. Returns what it was."""
        return self._item("DELETE", "items", path, drive)

    def children(self, path: str = "/", *, drive: str = MY_DRIVE) -> list[Item]:
        """What is in a folder, by name."""
        query = {"drive": drive, "path": path}
        return [_records.item(found) for found in self._call("GET", "children", query)]

    def notify(self, count: int = 1, *, drive: str = MY_DRIVE) -> None:
        """Sends notifications to the sessions of a drive in which nothing changes."""
        self._call("POST", "notify", {"drive": drive, "count": count})

    def fault(
        self,
        action: FaultAction,
        *,
        on: FaultTarget = "all",
        drive: str | None = None,
        when: FaultTime = "always",
        skip: int = 0,
        times: int | None = None,
        share: float | None = None,
        after: FaultStage | None = None,
        after_bytes: int = 0,
        for_ms: int | None = None,
        **fields: object,
    ) -> Fault:
        """Makes the service fail until the fault is released, for example
        `fault("answer", status=503, on="graph", times=2)`.

        `action` names what happens, and `fields` are its fields, in Python's spelling:
        `retry_after=15`. simulator/README.md describes all of them, and the other arguments. Times
        whose names end in `ms` are milliseconds.

        Raises `InvalidArgumentError` for an unknown name or a bad value.
        """
        body = fault_body(
            action,
            on=on,
            drive=drive,
            when=when,
            skip=skip,
            times=times,
            share=share,
            after=after,
            after_bytes=after_bytes,
            for_ms=for_ms,
            fields=fields,
        )
        answer = self._call("POST", "faults", None, json.dumps(body))
        number = int(answer["id"])
        return Fault(number, int(answer["acted"]), lambda: self._release(number))

    def _release(self, number: int) -> None:
        try:
            self._call("DELETE", f"faults/{number}")
        except SimulatorError as error:
            # It is released already, or the simulator is closed.
            if error.status is None and self._process is not None:
                raise

    def release_faults(self) -> None:
        """Ends all faults. What they held back is delivered."""
        self._call("DELETE", "faults")

    def expire_endpoints(
        self, then: Literal["drop", "quiet", "goOn"] = "drop", *, drive: str | None = None
    ) -> int:
        """Makes the notification URLs that were issued so far expire now, without a word of it in
        advance. `then` says what happens to their connections: they are cut off, get nothing any
        more, or go on. Returns how many there were."""
        return self.fault("expire", ms=0, then=then, announced=False, when="now", drive=drive).acted

    def advance(self, seconds: float) -> None:
        """Moves time for everything that was issued: notification URLs, access tokens, device codes
        and delta tokens expire that much sooner. What is issued afterwards has its usual lifetime.

        Clients keep their own time: what they do by it, such as a renewal before the expiry, comes
        no sooner. To test renewals, start the simulator with `"--lifetime", "2"`.
        """
        if not (0 <= seconds < math.inf):
            raise invalid("seconds", "time moves forward only, by a finite time")
        self._call("POST", "advance", {"seconds": seconds})

    def sessions(self) -> list[Session]:
        """The connections that get notifications, the first one first."""
        return [_records.session(found) for found in self._call("GET", "sessions")]

    def connected(self) -> int:
        """How many there are."""
        return int(self._call("GET", "connected"))

    def requests(self, path: str = "") -> list[Request]:
        """The last 1000 requests of clients whose path contains `path`, the first one first."""
        requests = [_records.request(found) for found in self._call("GET", "requests")]
        return [request for request in requests if path in request.path]

    def events(self) -> list[SentEvent]:
        """The last 10,000 notifications that were sent, the first one first."""
        return [_records.sent_event(found) for found in self._call("GET", "events")]

    def wait_connected(self, count: int = 1, *, timeout: float = DEADLINE) -> None:
        """Waits until that many sessions are connected, or more.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        connected = _wait(self.connected, lambda now: now >= count, timeout)
        if connected < count:
            raise late(timeout, f"{connected} sessions are connected instead of {count}")

    def wait_disconnected(self, *, timeout: float = DEADLINE) -> None:
        """Waits until no session is connected.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        connected = _wait(self.connected, lambda now: now == 0, timeout)
        if connected:
            raise late(timeout, f"{connected} sessions are still connected")

    def wait_request(
        self, path: str = "", count: int = 1, *, timeout: float = DEADLINE
    ) -> list[Request]:
        """Waits until that many requests whose path contains `path` have arrived, and returns them.

        Raises `drivebell.TimeoutError` after `timeout` seconds.
        """
        found = _wait(lambda: self.requests(path), lambda now: len(now) >= count, timeout)
        if len(found) < count:
            raise late(timeout, f"{len(found)} of {count} requests with {path!r} have arrived")
        return found

    def _item(
        self,
        method: str,
        route: str,
        path: str,
        drive: str,
        *,
        to: str | None = None,
        body: bytes | str | None = None,
    ) -> Item:
        query = {"drive": drive, "path": path} | ({} if to is None else {"to": to})
        return _records.item(self._call(method, route, query, body))

    def _call(
        self,
        method: str,
        route: str,
        query: Mapping[str, object] | None = None,
        body: bytes | str | None = None,
    ) -> Any:
        return self._running().call(method, route, query, body)

    def _running(self) -> Control:
        if self._control is None:
            raise SimulatorError("the simulator does not run: start it first")
        return self._control

    def __repr__(self) -> str:
        where = "not running" if self._process is None else self._process.base_url
        return f"<drivebell.testing.{type(self).__name__} {where}>"


def _wait(look: Callable[[], T], is_met: Callable[[T], bool], timeout: float) -> T:
    """Looks until the condition is met, or it is too late. Returns what it saw last."""
    pause = threading.Event()
    for _ in range(looks(timeout)):
        seen = look()
        if is_met(seen):
            break
        pause.wait(PAUSE)
    return seen


def looks(timeout: float) -> int:
    """How often to look in this time; once at least. Counted, because a test may have replaced the
    clock."""
    if not (0 <= timeout < math.inf):
        raise invalid("timeout", "it is not a number of seconds from 0 on")
    return math.ceil(timeout / PAUSE) + 1


def late(timeout: float, problem: str) -> TimeoutError:
    return TimeoutError(f"{problem}, {timeout} s later", retryable=True)

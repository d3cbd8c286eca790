"""What a client reports to the driver: one JSON object a line on stdout, each with an `event`.

With `REPORT=each` (`make faults`) every event is a line, with a `detail` for the raw results.
Otherwise (`make bench`) only totals are reported, because printing each event would distort the
measurement:

- `connected`, when all `SESSIONS` have joined their namespace;
- `done`, after `EVENTS` notifications: time and CPU since the first one, and with `TIMED=1` the
  latency of each;
- `end`, when stdin ends: how many notifications were read;
- `void`, when something was lost or a connection ended, unless `MAY_END=1` allows that.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

EACH = os.environ.get("REPORT") == "each"
EVENTS = int(os.environ.get("EVENTS", "0"))
SESSIONS = int(os.environ.get("SESSIONS", "1"))
TIMED = os.environ.get("TIMED") == "1"
MAY_END = os.environ.get("MAY_END") == "1"


class Report:
    """Prints the reports of the client's library. It ends the program when stdin ends, so that the
    program does not survive the driver."""

    def __init__(self) -> None:
        self.count = 0
        self._connected = 0
        self._cpu_before = 0.0
        self._first = 0.0
        self._latencies: list[int] = []
        threading.Thread(target=self._end_with_stdin, daemon=True).start()

    def event(self, name: str, detail: object = "") -> None:
        """The library has reported a lifecycle event, such as `connected`, `disconnected` or
        `error`."""
        if EACH:
            print_line(event=name, detail=str(detail))
        elif name == "connected":
            self._joined()
        # After an `error` the library tries again; the driver waits for the session.
        elif name != "error" and not MAY_END:
            print_line(event="void", detail=f"{name}: {detail}")
            os._exit(1)

    def handler(self, name: str) -> Callable[..., None]:
        """A handler that reports the lifecycle event `name`, with what it is called with."""
        return lambda *detail: self.event(name, *detail)

    def notification(self, handle: Callable[[str], None]) -> Callable[[str], None]:
        """The handler for notifications: `handle` parses them as a user's handler would, and calls
        `read`."""
        return (lambda _: self.event("notification")) if EACH else handle

    def read(self, subscription_id: object, _list_id: object, _expires_at: object) -> None:
        """The handler has read these fields of a notification."""
        if TIMED:
            sent = int(str(subscription_id).replace("-", ""), 16)
            self._latencies.append(time.monotonic_ns() - sent)
        self.count += 1
        if self.count == 1:
            self._first = time.monotonic()
        if self.count == EVENTS:
            print_line(
                event="done",
                events=self.count,
                seconds=time.monotonic() - self._first,
                cpu_seconds=time.process_time() - self._cpu_before,
                latencies_ns=self._latencies,
            )

    def _joined(self) -> None:
        self._connected += 1
        if self._connected == SESSIONS:
            self._cpu_before = time.process_time()
            print_line(event="connected", sessions=SESSIONS)

    def _end_with_stdin(self) -> None:
        # Not sys.stdin: its lock would be held when the interpreter exits.
        while os.read(0, 1024):
            pass
        if not EACH:
            print_line(event="end", events=self.count)
        os._exit(0)


def print_line(**line: object) -> None:
    """Writes one line to the driver."""
    print(json.dumps(line), flush=True)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs the program on asyncio; with `UVLOOP=1` on uvloop."""
    if os.environ.get("UVLOOP") == "1":
        import uvloop  # noqa: PLC0415 (only where it is measured)

        uvloop.run(main)
    else:
        import asyncio  # noqa: PLC0415

        asyncio.run(main)

"""What the programs print, one JSON line each: `connected`; `done` with what it took; and at the
end of stdin `seen`, by which the driver knows whether all that was sent has come."""

import json
import os
import threading
import time
from typing import NoReturn

EVENTS = int(os.environ.get("EVENTS", "0"))
SESSIONS = int(os.environ.get("SESSIONS", "1"))
TIMED = os.environ.get("TIMED") == "1"
MAY_END = os.environ.get("MAY_END") == "1"


class Meter:
    """Counts what the program's handler is given."""

    def __init__(self) -> None:
        self.seen = 0
        self._connected = 0
        self._cpu_before = 0.0
        self._first = 0.0
        self._latencies: list[int] = []
        threading.Thread(target=self._end_with_stdin, daemon=True).start()

    def connected(self) -> None:
        """One more session has joined its namespace."""
        self._connected += 1
        if self._connected == SESSIONS:
            self._cpu_before = time.process_time()
            _tell({"connected": SESSIONS})

    def saw(self, subscription_id: object, _list_id: object, _expires_at: object) -> None:
        """The handler has read these of a notification."""
        if TIMED:
            sent = int(str(subscription_id).replace("-", ""), 16)
            self._latencies.append(time.monotonic_ns() - sent)
        self.seen += 1
        if self.seen == 1:
            self._first = time.monotonic()
        if self.seen == EVENTS:
            took = {
                "events": self.seen,
                "seconds": time.monotonic() - self._first,
                "cpu_seconds": time.process_time() - self._cpu_before,
                "latencies_ns": self._latencies,
            }
            _tell({"done": took})

    def _end_with_stdin(self) -> None:
        # Not sys.stdin: its lock would be held when the interpreter exits.
        while os.read(0, 1024):
            pass
        _tell({"seen": self.seen})
        os._exit(0)


def void(why: object) -> NoReturn:
    """The measurement is worth nothing, and ends."""
    _tell({"void": str(why)})
    os._exit(1)


def ended(why: object) -> None:
    """A connection has ended, which is expected only where connections are cut."""
    if not MAY_END:
        void(why)


def _tell(what: object) -> None:
    print(json.dumps(what), flush=True)

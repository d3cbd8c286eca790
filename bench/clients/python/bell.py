"""Says when to look, for clients that have delta queries and no notifications.

The bell is drivebell's subscription, the same for all of them, so that only their use of delta
queries differs from drivebell's.
"""

import os
import queue
import threading
from collections.abc import Callable

import drivebell.sync
from report import print_line
from table import SCALE

RETRY = 5 / SCALE
"""How long after a look that failed the next one follows."""


class Bell:
    """Calls `look` after subscribing, after each notification, and once more when the hour is over:
    the delta query that Microsoft's guidance allows once a day. If it fails, it is called again."""

    def __init__(self) -> None:
        self._wakes: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._begun = False

    def audit(self) -> None:
        self._wakes.put("audit")

    def begun(self) -> None:
        """A page has arrived. Reports the first one."""
        if not self._begun:
            print_line(event="begun")
        self._begun = True

    def run(self, look: Callable[[], None]) -> None:
        threading.Thread(target=self._listen, daemon=True).start()
        enumerated = False
        while True:
            wakes = {self._wakes.get()}
            while not self._wakes.empty():
                wakes.add(self._wakes.get())
            try:
                look()
            # Each library has exceptions of its own.
            except Exception as error:
                print_line(event="failed", detail=str(error)[:200])
                for wake in wakes:
                    threading.Timer(RETRY, self._wakes.put, (wake,)).start()
                continue
            if not enumerated:
                print_line(event="enumerated")
            enumerated = True
            if "audit" in wakes:
                print_line(event="audited")

    def _listen(self) -> None:
        client = drivebell.sync.Client(
            os.environ["GRAPH_TOKEN"],
            base_url=os.environ["GRAPH_URL"],
            retry_min=1 / SCALE,
            retry_max=60 / SCALE,
            renew_before=120 / SCALE,
        )
        with client, client.subscribe(drivebell.Resource.my_drive()) as sub:
            self._wakes.put("start")
            for note in sub:
                self._wakes.put(note.kind)

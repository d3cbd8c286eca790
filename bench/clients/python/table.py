"""The rows that a program keeps of a drive, for `make drift`.

The driver writes `rows` to stdin and gets all rows, and `audit` once, when the hour is over.
"""

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable

from report import print_line

SCALE = float(os.environ["SCALE"])
"""How many simulated seconds a second is."""


class Table:
    """Name, parent and eTag of each item, by id. `audit` is called when the driver asks for it."""

    def __init__(self, audit: Callable[[], None] = lambda: None) -> None:
        self._rows: dict[str, list[str | None]] = {}
        self._marks: dict[str, str] = {}
        self._changed: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._audit = audit
        threading.Thread(target=self._serve, daemon=True).start()

    def put(
        self,
        item_id: str | None,
        name: str | None,
        parent: str | None,
        etag: str | None,
        *,
        trigger: str = "",
        mark: str = "",
    ) -> None:
        assert item_id
        with self._lock:
            row = [name, parent, etag]
            self._changed[trigger] += self._rows.get(item_id) != row
            self._rows[item_id] = row
            self._marks[item_id] = mark

    def remove(self, item_id: str | None, *, trigger: str = "") -> None:
        assert item_id
        with self._lock:
            self._changed[trigger] += self._rows.pop(item_id, None) is not None
            self._marks.pop(item_id, None)

    def sweep(self, mark: str, *, trigger: str) -> None:
        """Removes the rows with an older mark."""
        with self._lock:
            old = [item_id for item_id, its in self._marks.items() if its < mark]
        for item_id in old:
            self.remove(item_id, trigger=trigger)

    def _serve(self) -> None:
        for line in sys.stdin:
            if line.strip() == "audit":
                self._audit()
            else:
                with self._lock:
                    rows = [[item_id, *row] for item_id, row in self._rows.items()]
                    changed = dict(self._changed)
                print_line(event="rows", rows=rows, changed=changed)
        os._exit(0)

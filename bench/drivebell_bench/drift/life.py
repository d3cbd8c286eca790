"""An hour in the life of a drive: what people do to its items."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from typing import Any

from ..simulator import Simulator
from .service import DRIVE, LAG_LASTS, Clock, draw_lag, items

HOUR = 3600
PAUSE = 15
"""Seconds between two changes, on average."""
RECREATED = 5
"""Files that are deleted and made again during the first enumeration."""

_CHANGES = {"create": 30, "replace": 20, "rename": 15, "move": 10, "delete": 15, "use again": 10}
"""Kinds of changes, and how often one is made."""


class Life:
    def __init__(self, simulator: Simulator, clock: Clock, seed: int) -> None:
        self._simulator = simulator
        self._clock = clock
        self._rng = random.Random(seed)
        self._made = 0
        self.changes: Counter[str] = Counter()

    def recreate(self) -> None:
        """Deletes files of the first page and makes them again."""
        folder, *_ = (item for item in items(self._simulator) if item["folder"])
        files = [item for item in items(self._simulator) if item["parent"] == folder["id"]]
        files = [item for item in files if not item["folder"]][:RECREATED]
        for file in files:
            path = f"/{folder['name']}/{file['name']}"
            target = f"/_simulator/recreate?drive={DRIVE}&path={path}"
            self._simulator.request("POST", target)
            self.changes["use again"] += 1

    def live(self) -> None:
        """An hour, in which the lag of delta queries changes."""
        began = time.monotonic()
        next_lag = began
        while (now := time.monotonic()) < began + self._clock.real(HOUR):
            if now >= next_lag:
                draw_lag(self._simulator, self._clock, self._rng)
                next_lag += self._clock.real(LAG_LASTS)
            kind = self._rng.choices(list(_CHANGES), list(_CHANGES.values()))[0]
            self._change(kind)
            self.changes[kind] += 1
            time.sleep(self._clock.real(self._rng.expovariate(1 / PAUSE)))

    def _change(self, kind: str) -> None:
        everything = items(self._simulator)
        files = [item for item in everything if not item["folder"]]
        folders = [item for item in everything if item["folder"]]
        file, folder = self._rng.choice(files), self._rng.choice(folders)
        self._made += 1
        name = f"new-{self._made}.txt"
        match kind:
            case "create":
                self._put(folder, name)
            case "replace":
                self._call("PUT", f"{file['id']}/content", f"again {self._made}")
            case "rename":
                self._patch(file, {"name": name})
            case "move":
                # The new name is free there.
                self._patch(file, {"name": name, "parentReference": {"id": folder["id"]}})
            case "delete":
                self._call("DELETE", file["id"])
            case "use again":
                self._call("DELETE", file["id"])
                self._put({"id": file["parent"]}, file["name"])

    def _put(self, folder: dict[str, Any], name: str) -> None:
        self._call("PUT", f"{folder['id']}:/{name}:/content", f"content {self._made}")

    def _patch(self, item: dict[str, Any], change: dict[str, Any]) -> None:
        self._call("PATCH", item["id"], json.dumps(change))

    def _call(self, method: str, item: str, body: str | None = None) -> None:
        self._simulator.request(method, f"/v1.0/me/drive/items/{item}", body)

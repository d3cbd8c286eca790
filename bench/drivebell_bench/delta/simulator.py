"""The simulated service with a drive of so many items, on a core of its own."""

from __future__ import annotations

import os
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Self

TOKEN = "delta-token"
NEXT = b'"@odata.nextLink":"'


class Simulator:
    def __init__(self, binary: Path, core: str, items: int) -> None:
        # The root is one of them.
        seed = ("--seed", f"b!me={items - 1}")
        self._process = subprocess.Popen(
            ["taskset", "-c", core, binary, "--token", TOKEN, "--exit-with-stdin", *seed],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the simulator ended at once")
        self.base_url = line.split()[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def cpu_seconds(self) -> float:
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def enumerate_unread(self) -> None:
        """Asks for every page in turn, and looks for nothing in it but the next one."""
        host = self.base_url.removeprefix("http://")
        connection = HTTPConnection(host)
        path: str | None = "/v1.0/me/drive/root/delta"
        while path is not None:
            connection.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
            body = connection.getresponse().read()
            _, found, after = body.partition(NEXT)
            link = after.partition(b'"')[0].decode()
            path = link.removeprefix(self.base_url) if found else None
        connection.close()

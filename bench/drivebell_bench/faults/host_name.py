"""A host name whose resolution can be switched off, for one program only and without root.

The program runs in its own user and mount namespace, with our /etc/hosts and /etc/resolv.conf.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

HOST = "localhost"
"""As long as 127.0.0.1, and the only name to which drivebell speaks plain HTTP."""
MOUNT = 'mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv" /etc/resolv.conf && '
NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]


class HostName:
    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="faults-")
        self._hosts = Path(self._directory.name, "hosts")
        # No server listens there, so that a failure is immediate.
        Path(self._directory.name, "resolv").write_text("nameserver 127.0.0.1\n")
        self.resolves()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._directory.cleanup()

    def resolves(self) -> None:
        self._hosts.write_text(f"127.0.0.1 {HOST}\n")

    def fails(self) -> None:
        self._hosts.write_text("127.0.0.1 another-name\n")

    def command(self, command: Sequence[str | Path]) -> list[str | Path]:
        return [*NAMESPACE, MOUNT + 'shift && exec "$@"', "sh", self._directory.name, *command]


def available() -> bool:
    """Whether this machine allows such namespaces and resolves names by those files."""
    with HostName() as name:
        query = ["getent", "hosts", HOST]
        try:
            found = subprocess.run(
                name.command(query), capture_output=True, timeout=10, check=False
            )
            name.fails()
            lost = subprocess.run(name.command(query), capture_output=True, timeout=10, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return False
    return found.returncode == 0 and lost.returncode != 0

"""A server in its own process, for the duration of a test."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass, field
from typing import Self


def free_port() -> int:
    """A port of this machine that nobody uses, for a program that must be told one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class ServerProcess:
    """A program that prints its address and ends when its stdin closes."""

    base_url: str = field(init=False)
    process: subprocess.Popen[str] = field(init=False)

    def command(self) -> list[str]:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), f"{self.command()} printed {line!r}"
        self.base_url = line.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """Kills the process; it closes no connection."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

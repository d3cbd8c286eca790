"""Servers on npm packages, for what must be judged by an implementation that is not ours."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import Self

from simulator import REPOSITORY


@dataclass
class NodeServer:
    """A program of tests/servers that prints where it listens, and ends with its stdin."""

    program: str
    options: tuple[str, ...] = ()
    base_url: str = field(init=False)
    process: subprocess.Popen[str] = field(init=False)

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            ["node", REPOSITORY / "tests/servers" / self.program, *self.options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("listening on "), line
        self.base_url = line.split()[-1]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

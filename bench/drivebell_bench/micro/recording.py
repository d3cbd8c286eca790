"""The counts to compare with, and the toolchain that they belong to."""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import asdict, dataclass

from ..paths import BENCH

FILE = BENCH / "micro/instructions.json"


@dataclass(frozen=True)
class Toolchain:
    """What the counts depend on beside the code."""

    rustc: str
    target: str
    libc: str
    """Brings the allocator and copies memory."""

    @classmethod
    def here(cls) -> Toolchain:
        output = subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True, check=True)
        lines = output.stdout.splitlines()
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        return cls(lines[0], fields["host"], " ".join(platform.libc_ver()))


@dataclass(frozen=True)
class Recording:
    toolchain: Toolchain
    instructions: dict[str, float]

    @classmethod
    def read(cls) -> Recording:
        known = json.loads(FILE.read_text())
        return cls(Toolchain(**known["toolchain"]), known["instructions"])

    def write(self) -> None:
        FILE.write_text(json.dumps(asdict(self), indent=2) + "\n")

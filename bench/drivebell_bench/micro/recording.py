"""The counts to compare with, and what they were counted with."""

from __future__ import annotations

import json
import platform
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parents[1] / "instructions.json"


@dataclass(frozen=True)
class Toolchain:
    """What else the counts depend on."""

    rustc: str
    target: str
    libc: str
    """It brings the allocator, and copies memory."""

    @classmethod
    def here(cls) -> Toolchain:
        told = subprocess.run(["rustc", "-vV"], stdout=subprocess.PIPE, text=True, check=True)
        lines = told.stdout.splitlines()
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

"""A nats-server in its own process, which can be killed, paused and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from proof.deadline import wait_until

REPOSITORY = Path(__file__).resolve().parents[3]
NEWEST = Path(os.environ.get("NATS_SERVER", Path(sys.executable).parent / "nats-server"))
OLDEST = REPOSITORY / "target/nats/oldest/bin/nats-server"
"""The oldest that a fleet accepts."""
TOO_OLD = REPOSITORY / "target/nats/too-old/bin/nats-server"


@dataclass
class NatsServer:
    """With JetStream, whose files are in the folder and outlive a restart."""

    folder: Path
    program: Path = NEWEST
    port: int = -1
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.resume()
        self.kill()

    def start(self) -> None:
        """At the same port as before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        options: list[str | Path] = [
            "-js",
            "-sd",
            self.folder / "store",
            "-a",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        with (self.folder / "nats-server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, *options, "--ports_file_dir", self.folder],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        ports = self.folder / f"nats-server_{self.process.pid}.ports"
        wait_until(lambda: self._read(ports), "nats-server listens")

    def _read(self, ports: Path) -> bool:
        assert self.process.poll() is None, f"{self.program} ended: see {self.folder}"
        try:
            urls = json.loads(ports.read_text(encoding="utf-8"))["nats"]
        except (OSError, ValueError):
            return False
        self.port = int(urls[0].rpartition(":")[2])
        return True

    def stop(self) -> None:
        """As an upgrade does it."""
        self.process.terminate()
        self.process.wait(timeout=120)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)

"""The workers of a fleet, each in its own process."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from server_process import free_port

from proof.nats_server import REPOSITORY

PROGRAM = Path(os.environ.get("DRIVEBELL_FLEET", REPOSITORY / "target/fast/drivebell-fleet"))


@dataclass(frozen=True)
class Settings:
    """What all workers of a fleet have in their `fleet.toml`."""

    graph: str
    """The address of the simulator."""
    name: str = "drivebell"
    partitions: int = 128
    lease_time: str = "3s"
    endpoint_calls_per_second: int = 2_000
    resource_units_per_minute: int = 1_000_000
    more: str = ""
    """Other sections, as TOML."""

    def toml(self, port: int) -> str:
        return f"""\
name = "{self.name}"
partitions = {self.partitions}
lease_time = "{self.lease_time}"

[graph]
base_url = "{self.graph}"
max_endpoint_calls_per_second = {self.endpoint_calls_per_second}

[budget]
endpoint_calls_per_second = {self.endpoint_calls_per_second}
resource_units_per_minute = {self.resource_units_per_minute}

[http]
listen = "127.0.0.1:{port}"

[log]
format = "json"

{self.more}
"""


@dataclass
class Worker:
    """`drivebell-fleet` with these settings."""

    name: str
    nats: str
    """The address of NATS, or of the network in front of it."""
    settings: Settings
    folder: Path
    clock: str = ""
    """How its clock differs from that of the machine, for instance `+1h`."""
    port: int = field(default_factory=free_port)
    """Of its health and its metrics."""
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        config = self.folder / f"{self.name}.toml"
        config.write_text(self.settings.toml(self.port), encoding="utf-8")
        options = ["--nats", self.nats, "--config", str(config), "--worker", self.name]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [str(PROGRAM), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | other_clock(self.clock),
            )

    def kill(self) -> None:
        """As when the machine loses power."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self, timeout: float = 30) -> int:
        """Tells it to stop, and returns its exit code once it has handed over its drives."""
        self.process.terminate()
        return self.process.wait(timeout=timeout)

    def is_running(self) -> bool:
        return self.process.poll() is None

    def records(self) -> list[dict[str, object]]:
        """What it has logged."""
        records = []
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                records.append(record)
        return records

    def http(self, path: str) -> tuple[int, str]:
        """Asks for its health or its metrics."""
        request = f"http://127.0.0.1:{self.port}{path}"
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metrics(self) -> dict[str, float]:
        """The sums of its metrics over their labels."""
        sums: dict[str, float] = {}
        for line in self.http("/metrics")[1].splitlines():
            if line and not line.startswith("#"):
                series, _, value = line.rpartition(" ")
                name = series.partition("{")[0]
                sums[name] = sums.get(name, 0) + float(value)
        return sums

    def memory_kib(self) -> int:
        """Resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+)", status)
        assert found is not None
        return int(found[1])

    def cpu_seconds(self) -> float:
        stat = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8")
        user, system = stat.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def other_clock(difference: str) -> dict[str, str]:
    """The environment in which a program has another clock. `faketime` itself would stand between
    the program and its signals."""
    if not difference:
        return {}
    command = ["faketime", "-f", difference, "env"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    environment = dict(line.partition("=")[::2] for line in shown.stdout.splitlines())
    wanted = {name: environment[name] for name in ("LD_PRELOAD", "FAKETIME")}
    return wanted | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def run(nats: str, settings: Settings, folder: Path, command: Sequence[str]) -> str:
    """Runs a command of `drivebell-fleet` to its end, and returns what it printed."""
    config = folder / "command.toml"
    config.write_text(settings.toml(port=1), encoding="utf-8")
    done = subprocess.run(
        [PROGRAM, "--nats", nats, "--config", config, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout

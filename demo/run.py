"""Subscribes from Rust, Python and Node at once, changes a file, and shows what arrives in each.

Run it with `make demo`, which builds the simulator, the Rust example, the wheel and the addon.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUILT = Path(os.environ.get("DRIVEBELL_BUILT", ROOT / "target/fast"))
TOKEN = "demo-token"
DEADLINE = 15.0
"""How many seconds a language has to print its next line."""

FILE = "/v1.0/me/drive/root:/plan.txt"
CHANGES: list[tuple[str, str, str, bytes | None]] = [
    ("upload plan.txt", "PUT", f"{FILE}:/content", b"the plan"),
    ("rename it to idea.txt", "PATCH", FILE, json.dumps({"name": "idea.txt"}).encode()),
    ("delete it", "DELETE", "/v1.0/me/drive/root:/idea.txt", None),
]
WATCHERS = {
    "Rust": [str(BUILT / "examples/watch")],
    "Python": [sys.executable, str(ROOT / "demo/watch.py")],
    "Node": ["node", str(ROOT / "demo/watch.mjs")],
}


@dataclass
class Watcher:
    language: str
    process: subprocess.Popen[str]
    lines: queue.Queue[str | None]
    handled: int = 0

    def line(self) -> list[str]:
        """The words of the next line that it prints."""
        try:
            line = self.lines.get(timeout=DEADLINE)
        except queue.Empty:
            sys.exit(f"FAILED: {self.language} printed nothing within {DEADLINE:.0f} s")
        if line is None:
            sys.exit(f"FAILED: {self.language} ended before its last notification")
        return line.split()


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def watcher(language: str, base_url: str) -> Iterator[Watcher]:
    command = [*WATCHERS[language], str(len(CHANGES))]
    with running(command, GRAPH_URL=base_url, GRAPH_TOKEN=TOKEN) as process:
        lines: queue.Queue[str | None] = queue.Queue()

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, daemon=True).start()
        yield Watcher(language, process, lines)


def request(base_url: str, method: str, path: str, body: bytes | None = None) -> Any:
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    message = urllib.request.Request(base_url + path, data=body, method=method, headers=headers)
    with urllib.request.urlopen(message, timeout=DEADLINE) as response:
        return json.loads(response.read() or "null")


def sent_at(base_url: str, subscription: str, index: int) -> int:
    """When the simulator sent the subscription's event number `index`, in microseconds."""
    events = request(base_url, "GET", "/_simulator/events")
    own = [event for event in events if event["subscriptionId"] == subscription]
    return int(own[index]["emittedAtMicros"])


def show(base_url: str, watcher: Watcher) -> None:
    kind, resource, subscription, handled_at = watcher.line()
    took = int(handled_at) - sent_at(base_url, subscription, watcher.handled)
    watcher.handled += 1
    print(
        f"    {watcher.language:<7} {kind} {resource}"
        f"  {took / 1000:6.2f} ms from the event to the handler"
    )


def main() -> None:
    started = time.monotonic()
    simulator = [str(BUILT / "drivebell-simulator"), "--token", TOKEN, "--exit-with-stdin"]
    with ExitStack() as stack:
        service = stack.enter_context(running(simulator))
        assert service.stdout is not None
        base_url = service.stdout.readline().split()[-1]
        print(f"The simulator of the service is at {base_url}")
        watchers = [stack.enter_context(watcher(language, base_url)) for language in WATCHERS]
        for each in watchers:
            if each.line() != ["connected"]:
                sys.exit(f"FAILED: {each.language} did not connect")
        print(f"{', '.join(WATCHERS)} are subscribed to /me/drive")
        for change, method, path, body in CHANGES:
            print(f"{change}:")
            request(base_url, method, path, body)
            for each in watchers:
                show(base_url, each)
        for each in watchers:
            if each.process.wait(timeout=DEADLINE) != 0:
                sys.exit(f"FAILED: {each.language} ended with {each.process.returncode}")
    print(f"Every language got every notification; {time.monotonic() - started:.1f} s in all")


if __name__ == "__main__":
    main()

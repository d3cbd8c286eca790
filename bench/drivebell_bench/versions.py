"""What exactly was measured."""

from __future__ import annotations

import json
import platform
import subprocess
import tomllib
from pathlib import Path

from .clients import HERE, PROGRAMS

PYTHON_PACKAGES = ["python-socketio", "python-engineio", "aiohttp"]
PRINTS = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"


def versions(peer_python: Path) -> dict[str, str]:
    lock = tomllib.loads((HERE.parent / "Cargo.lock").read_text())
    crates: dict[str, str] = {each["name"]: each["version"] for each in lock["package"]}
    found = _output([str(peer_python), "-c", PRINTS, *PYTHON_PACKAGES]).split()
    python = dict(zip(PYTHON_PACKAGES, found, strict=True))
    node = json.loads((PROGRAMS / "node/package-lock.json").read_text())["packages"]
    return {
        "drivebell": f"{crates['drivebell']}, commit {_commit()}",
        "rust_socketio": crates["rust_socketio"],
        "tf-rust-socketio": crates["tf-rust-socketio"],
        **python,
        "socket.io-client": node["node_modules/socket.io-client"]["version"],
        "engine.io-client": node["node_modules/engine.io-client"]["version"],
        "Rust": _output(["rustc", "--version"]).split()[1],
        "Python": _output([str(peer_python), "--version"]).split()[1],
        "Node": _output(["node", "--version"]).strip().removeprefix("v"),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _commit() -> str:
    # What was measured is the product; the page itself is written afterwards.
    commit = _output(["git", "-C", str(HERE), "rev-parse", "--short=10", "HEAD"]).strip()
    return commit or "unknown"


def _output(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout

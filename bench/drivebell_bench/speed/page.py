"""The page docs/performance.md."""

from __future__ import annotations

import os
import platform
import subprocess
import textwrap
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any

from . import plots, tables, targets
from .clients import HERE, REPOSITORY, Client
from .measure import Found, Plan
from .sections import BIG_EVENT, IDLE_PING_MS, RATE, SETTLED

PAGE = REPOSITORY / "docs/performance.md"
_FENCES = {".rs": "rust", ".py": "python", ".mjs": "js"}
_COMMENTS = {".rs": "//", ".py": "#", ".mjs": "//"}


def write(found: Found, plan: Plan, clients: list[Client]) -> str:
    plots.draw(found, plan, clients, PAGE.parent / "performance")
    template = Template((HERE / "driver/page.md").read_text())
    text = template.substitute(
        rounds=plan.rounds,
        idle_rounds=plan.idle_rounds,
        many_rounds=plan.many_rounds,
        rate=f"{RATE:,}",
        latency_events=f"{RATE * plan.latency_seconds:,}",
        ping_s=IDLE_PING_MS // 1000,
        pings=plan.pings,
        settled_s=f"{SETTLED:.0f}",
        big_kb=BIG_EVENT // 1000,
        idle_sessions=f"{plan.idle_sessions[0]:,}",
        targets=targets.table(found, plan, clients),
        flood=tables.flood(found, clients),
        latency=tables.latency(found, clients),
        idle=tables.idle(found, plan, clients),
        most=tables.most(found, plan, clients),
        growth=tables.growth(found, plan, clients),
        voids=_voids(found.voids),
        versions=_versions(),
        setups="\n".join(_setups(clients)),
    )
    PAGE.write_text(text)
    return text


def _voids(voids: list[str]) -> str:
    if not voids:
        return "No run was void."
    return "Void runs, which were repeated:\n\n" + "\n".join(f"- {void}" for void in voids)


def _versions() -> str:
    lock = (REPOSITORY / "bench/speed/Cargo.lock").read_text().split("[[package]]")
    crates = {
        line.split('"')[1]: package.split('version = "')[1].split('"')[0]
        for package in lock[1:]
        for line in package.splitlines()
        if line.startswith("name")
    }
    commit = _output("git", "rev-parse", "--short=10", "HEAD")
    known = {
        "drivebell": f"{version('drivebell')}, commit {commit}",
        "rust_socketio": crates["rust_socketio"],
        "tf-rust-socketio": crates["tf-rust-socketio"],
        "python-socketio": f"{version('python-socketio')}, aiohttp {version('aiohttp')}, "
        f"uvloop {version('uvloop')}",
        "socket.io-client": "4.8.4",
        "Rust": _output("rustc", "--version").split()[1],
        "Python": platform.python_version(),
        "Node": _output("node", "--version").removeprefix("v"),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.machine()}, "
        f"{platform.system()} {platform.release().split('-')[0]}",
    }
    return "\n".join(f"- {name} {what}" for name, what in known.items())


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "an unnamed processor")


def _output(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE)
    return done.stdout.strip()


def _setups(clients: list[Client]) -> Any:
    shown = set()
    for client in clients:
        if client.source in shown or client.is_floor:
            continue
        shown.add(client.source)
        name = ", ".join(c.name for c in clients if c.source == client.source)
        suffix = client.source.suffix
        link = client.source.relative_to(REPOSITORY)
        parts = _parts(client.source.read_text(), _COMMENTS[suffix])
        mark = "<!-- no-run: a part of a program of bench/speed -->"
        yield f"{name} ([the program](../{link})):\n\n{mark}\n```{_FENCES[suffix]}\n{parts}\n```\n"


def _parts(text: str, comment: str) -> str:
    """What stands between the marks, without what is measured around it."""
    begin, end = f"{comment} Setup:", f"{comment} End of setup."
    parts = [part.split(end)[0].rpartition("\n")[0] for part in text.split(begin)[1:]]
    return "\n".join(textwrap.dedent(part.removeprefix("\n")) for part in parts)

"""The page docs/performance.md."""

from __future__ import annotations

from pathlib import Path

from .. import versions
from ..pages import bullets, fill, setups
from ..paths import DOCS
from . import plots, tables, targets
from .clients import Client
from .measure import Found, Plan
from .sections import IDLE_PING_MS, RATE, SETTLED

PAGE = DOCS / "performance.md"


def write(found: Found, plan: Plan, clients: list[Client]) -> str:
    plots.draw(found, plan, clients, PAGE.parent / "performance")
    text = fill(
        Path(__file__).with_name("page.md"),
        rounds=plan.rounds,
        idle_rounds=plan.idle_rounds,
        many_rounds=plan.many_rounds,
        rate=f"{RATE:,}",
        latency_events=f"{RATE * plan.latency_seconds:,}",
        ping_s=IDLE_PING_MS // 1000,
        pings=plan.pings,
        settled_s=f"{SETTLED:.0f}",
        targets=targets.table(found, plan, clients),
        flood=tables.flood(found, clients),
        latency=tables.latency(found, clients),
        idle=tables.idle(found, plan, clients),
        most=tables.most(found, plan, clients),
        growth=tables.growth(found, plan, clients),
        voids=_voids(found.voids),
        versions=bullets(f"{name} {version}" for name, version in _versions().items()),
        setups=setups(((c.name, c.program) for c in clients if not c.is_floor), PAGE),
    )
    PAGE.write_text(text)
    return text


def _voids(voids: list[str]) -> str:
    if not voids:
        return "No run was void."
    return f"Void runs, which were repeated:\n\n{bullets(voids)}"


def _versions() -> dict[str, str]:
    aiohttp, uvloop = (f"{name} {versions.python(name)}" for name in ("aiohttp", "uvloop"))
    return {
        "drivebell": versions.drivebell(),
        **{name: versions.crate(name) for name in ("rust_socketio", "tf-rust-socketio")},
        "python-socketio": f"{versions.python('python-socketio')}, {aiohttp}, {uvloop}",
        "socket.io-client": versions.node("socket.io-client"),
        **versions.languages(),
        "machine": versions.machine(),
    }

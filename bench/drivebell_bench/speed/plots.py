"""The plots of the page, as SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from .clients import Client
from .measure import Found, Plan
from .tables import kb_per_session, median

OURS, THEIRS, FLOOR = "#1a7f5a", "#8a94a6", "#c9ced6"
LANGUAGES = {"Rust": "#b7410e", "Python": "#3572a5", "Node": "#1a7f5a"}

mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "drivebell", "font.size": 9})


def draw(found: Found, plan: Plan, clients: list[Client], folder: Path) -> None:
    """Writes the plots into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {
        "events": _bars(
            clients,
            "CPU µs per event, flood (log)",
            lambda client: median(found.flood, client, lambda run: run.cpu_us),
            log=True,
        ),
        "latency": _bars(
            clients,
            "p99 µs from send to handler at 1,000/s",
            lambda client: median(found.latency, client, lambda run: run.p99),
        ),
        "idle": _bars(
            clients,
            f"KB per idle session over TLS, of {plan.idle_sessions[0]:,} (log)",
            lambda client: kb_per_session(found, client, plan.idle_sessions[0]),
            log=True,
        ),
        "growth": _growth(found, plan, clients),
    }
    for name, figure in drawn.items():
        figure.savefig(folder / f"{name}.svg", metadata={"Date": None})


def _bars(
    clients: list[Client], title: str, of: Callable[[Client], float], *, log: bool = False
) -> Figure:
    values = [(client, of(client)) for client in clients]
    values = [(client, value) for client, value in reversed(values) if not math.isnan(value)]
    figure = Figure(figsize=(7, 0.6 + 0.26 * len(values)), layout="constrained")
    axes = figure.subplots()
    colours = [OURS if c.is_ours else FLOOR if c.is_floor else THEIRS for c, _ in values]
    bars = axes.barh([c.name for c, _ in values], [value for _, value in values], color=colours)
    axes.bar_label(bars, fmt=lambda value: f"{value:.3g}", padding=3, fontsize=8)
    axes.set_title(title, loc="left")
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    if log:
        axes.set_xscale("log")
    return figure


def _growth(found: Found, plan: Plan, clients: list[Client]) -> Figure:
    panels: list[tuple[str, Callable[[Any], float]]] = [
        ("events/s", lambda run: run.events_per_second),
        ("CPU µs per event", lambda run: run.cpu_us),
        ("memory, MB", lambda run: run.memory_kb / 1024),
        ("all reconnected after a cut, s", lambda run: run.reconnect_seconds),
    ]
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    for axes, (title, of) in zip(figure.subplots(2, 2).flat, panels, strict=True):
        for client in clients:
            points = [
                (sessions, median(found.growth, client, of, sessions))
                for sessions in plan.growing
                if found.growth.of(client, sessions)
            ]
            if points:
                x, y = zip(*points, strict=True)
                axes.plot(x, y, marker="o", label=client.language, color=LANGUAGES[client.language])
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_title(title, loc="left")
        axes.set_xlabel("sessions")
        axes.spines[["top", "right"]].set_visible(False)
    figure.axes[0].legend(frameon=False)
    return figure

"""The page."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import textwrap
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from string import Template

from .clients import HERE, PROGRAMS, Client
from .run import Median, Run


@dataclass(frozen=True)
class Found:
    items: int
    sdk_items: int
    rounds: int
    alone: float
    alone_cpu_us: float
    medians: dict[str, Median]
    small: dict[str, Run]
    slow: dict[str, Run]
    bursts: list[int]


def page(found: Found, clients: list[Client]) -> str:
    template = Template((HERE / "driver/page.md").read_text())
    return template.substitute(
        items=f"{found.items:,}",
        sdk_items=f"{found.sdk_items:,}",
        rounds=found.rounds,
        alone=f"{found.alone:,.0f}",
        alone_cpu=f"{found.alone_cpu_us:.1f}",
        table=_table(found, clients),
        memory=_memory(found),
        bursts=_bursts(found.bursts),
        versions=_versions(),
        setups="\n".join(_setup(client) for client in clients),
    )


def _table(found: Found, clients: list[Client]) -> str:
    lines = [
        "| client | items/s | CPU µs per item | peak MB | ratio |",
        "|---|---:|---:|---:|---:|",
    ]
    for client in clients:
        its, other = found.medians[client.name], found.medians[client.beside]
        ratio = f"{its.items_per_second / other.items_per_second:.1f}"
        beside = "" if client.name == client.beside else f" times {client.beside.split(',')[0]}"
        lines.append(
            f"| {client.name} | {its.items_per_second:,.0f} | {its.cpu_us:.1f} "
            f"| {its.peak_mb:.0f} | {ratio}{beside} |"
        )
    return "\n".join(lines)


def _memory(found: Found) -> str:
    some = next(iter(found.small.values())).items
    lines = [f"| client | {some:,} items | {found.items:,} items | {some:,}, slow |"]
    lines.append("|---|---:|---:|---:|")
    for name, small in found.small.items():
        all_of_it = found.medians[name].peak_mb
        slow = found.slow[name].peak_kb / 1024
        lines.append(f"| {name} | {small.peak_kb / 1024:.0f} | {all_of_it:.0f} | {slow:.0f} |")
    return "\n".join(lines)


def _bursts(rounds: list[int]) -> str:
    each = ", ".join(f"{count} took {n}" for n, count in sorted(Counter(rounds).items()))
    middle = statistics.median(rounds)
    return f"median {middle:.0f}, most {max(rounds)} (of {len(rounds)} bursts, {each})"


def _versions() -> str:
    lock = json.loads((PROGRAMS / "node/package-lock.json").read_text())["packages"]
    graph = "node_modules/@microsoft/microsoft-graph-client"
    commit = _output("git", "rev-parse", "--short=10", "HEAD")
    known = {
        "drivebell": f"{version('drivebell')}, commit {commit}",
        "msgraph-sdk": version("msgraph-sdk"),
        "@microsoft/microsoft-graph-client": lock[graph]["version"],
        "Rust": _output("rustc", "--version").split()[1],
        "Python": platform.python_version(),
        "Node": _output("node", "--version").removeprefix("v"),
        "system": f"{platform.system()} {platform.machine()}",
    }
    return "\n".join(f"- {name} {what}" for name, what in known.items())


def _output(*command: str) -> str:
    return subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, cwd=HERE
    ).stdout.strip()


def _setup(client: Client) -> str:
    text = client.source.read_text()
    begin, end = text.index("Setup\n") + len("Setup\n"), text.index("End of setup")
    lines = text[begin:end].splitlines()[:-1]
    language = {".rs": "rust", ".py": "python", ".mjs": "js"}[client.source.suffix]
    shown = textwrap.dedent("\n".join(lines))
    mark = "<!-- no-run: a part of a program of bench/delta -->"
    return f"{client.name}:\n\n{mark}\n```{language}\n{shown}\n```\n"

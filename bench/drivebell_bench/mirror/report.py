"""The page docs/performance/mirror.md."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from .. import versions
from ..pages import bullets, fill, grid, setups
from ..paths import DOCS
from ..process import VoidError
from . import live
from .clients import Client, Language
from .run import Fill, Median, Paths, median

PAGE = DOCS / "performance/mirror.md"


@dataclass
class Found:
    items: int
    few: int
    rounds: int
    fills: dict[str, list[Fill]] = field(default_factory=dict)
    small: dict[str, Fill] = field(default_factory=dict)
    paths: dict[str, Paths] = field(default_factory=dict)
    live: dict[str, live.Found] = field(default_factory=dict)

    @classmethod
    def load(cls, saved: dict[str, Any]) -> Self:
        def latencies(each: list[dict[str, float]]) -> list[live.Latency]:
            return [live.Latency(**one) for one in each]

        found = cls(saved["items"], saved["few"], saved["rounds"])
        for name, fills in saved["fills"].items():
            found.fills[name] = [Fill(**one) for one in fills]
        found.small = {name: Fill(**one) for name, one in saved["small"].items()}
        found.paths = {name: Paths(**one) for name, one in saved["paths"].items()}
        for name, one in saved["live"].items():
            lists = {key: latencies(one[key]) for key in ("uploads", "renames", "expanded")}
            found.live[name] = live.Found(**lists, descendants=one["descendants"])
        return found

    def median(self, client: Client) -> Median:
        return median(self.fills[client.name])

    def share(self, client: Client, language: Language) -> float:
        """Its items a second, of those of `changes()` alone."""
        alone = self.median(language.changes).items_per_second
        return self.median(client).items_per_second / alone


def page(found: Found, languages: list[Language]) -> str:
    measured = [each for each in languages if each.changes.name in found.fills]
    if len({its.checksum for its in found.paths.values()}) > 1:
        raise VoidError("the programs have not found the same paths")
    if len({found.fills[each.created.name][0].checksum for each in measured}) > 1:
        raise VoidError("the programs have not read the same changes")
    its = next(iter(found.live.values()))
    return fill(
        Path(__file__).with_name("page.md"),
        items=f"{found.items:,}",
        few=f"{found.few:,}",
        rounds=found.rounds,
        inside=f"{its.descendants:,}",
        uploads=len(its.uploads),
        renames=len(its.renames),
        expansions=len(its.expanded),
        targets=_targets(found, measured),
        fills=_fills(found, measured),
        memory=_memory(found, measured),
        paths=_paths(found),
        latencies=_latencies(found),
        versions=bullets(f"{name} {version}" for name, version in _versions().items()),
        setups=setups(_setups(measured), PAGE),
    )


@dataclass(frozen=True)
class Target:
    what: str
    bound: float
    measured: float
    unit: str = ""
    at_most: bool = True

    def line(self) -> list[str]:
        met = self.measured <= self.bound if self.at_most else self.measured >= self.bound
        sign = "≤" if self.at_most else "≥"
        unit = f" {self.unit}" if self.unit else ""
        reached = "yes" if met else "**no**"
        return [self.what, f"{sign} {self.bound:g}{unit}", _number(self.measured) + unit, reached]


def _number(value: float) -> str:
    return f"{value:,.2f}" if value < 10 else f"{value:,.1f}" if value < 100 else f"{value:,.0f}"


def _targets(found: Found, languages: list[Language]) -> str:
    targets: list[Target] = []
    for language in languages:
        share = found.share(language.silent, language)
        what = f"{language.name}: items/s of the first fill, of `changes()` alone"
        targets.append(Target(what, 0.5, share, at_most=False))
    for language in languages:
        peak = max(found.median(each).peak_mb for each in language.mirrors)
        targets.append(Target(f"{language.name}: peak memory", 100, peak, "MB"))
    size = max(found.median(each.silent).file_mb for each in languages)
    targets.append(Target("file without `keep_raw`", 250, size, "MB"))
    for language in languages:
        middle = found.paths[language.silent.name].median_us
        targets.append(Target(f"{language.name}: `path(id)`, warm, median", 20, middle, "µs"))
    for name, its in found.live.items():
        uploads = middle_of(its.uploads)
        targets.append(Target(f"{name}: an upload's change after its page", 5, uploads, "ms"))
        renames = middle_of(its.renames)
        targets.append(
            Target(f"{name}: a large folder's new name after its page", 10, renames, "ms")
        )
        expanded = middle_of(its.expanded)
        targets.append(Target(f"{name}: the same with `expand`, last change", 2000, expanded, "ms"))
    return grid(
        ["what", "target", "measured", "reached"], (each.line() for each in targets), numbers=True
    )


def _fills(found: Found, languages: list[Language]) -> str:
    def line(language: Language, client: Client) -> list[str]:
        its = found.median(client)
        is_alone = client == language.changes
        return [
            client.name,
            f"{its.items_per_second:,.0f}",
            "1" if is_alone else f"{found.share(client, language):.2f}",
            f"{its.cpu_us:.2f}",
            "" if is_alone else f"{its.file_mb:.0f}",
        ]

    rows = [line(language, client) for language in languages for client in language.clients]
    head = ["client", "items/s", "of `changes()`", "CPU µs per item", "file, MB"]
    return grid(head, rows, numbers=True)


def _memory(found: Found, languages: list[Language]) -> str:
    def line(client: Client) -> list[str]:
        small, large = found.small[client.name].peak_kb / 1024, found.median(client).peak_mb
        return [client.name, f"{small:.0f}", f"{large:.0f}"]

    rows = [line(client) for language in languages for client in language.clients]
    return grid(["client", f"{found.few:,} items", f"{found.items:,} items"], rows, numbers=True)


def _paths(found: Found) -> str:
    rows = [
        [name, f"{its.median_us:.1f}", f"{its.p99_us:.1f}"] for name, its in found.paths.items()
    ]
    return grid(["client", "median, µs", "99th percentile, µs"], rows, numbers=True)


def _latencies(found: Found) -> str:
    def lines(name: str, its: live.Found) -> Iterable[list[str]]:
        for what, each in (
            ("one upload", its.uploads),
            ("a folder's new name", its.renames),
            ("the same with `expand`, last change", its.expanded),
        ):
            since_page = [one.since_page for one in each]
            since_request = statistics.median(one.since_request for one in each)
            middle, most = statistics.median(since_page), max(since_page)
            yield [f"{name}: {what}", _number(middle), _number(most), f"{since_request:,.0f}"]

    rows = [row for name, its in found.live.items() for row in lines(name, its)]
    head = ["change", "after its page, median ms", "most, ms", "after the request, median ms"]
    return grid(head, rows, numbers=True)


def latencies(its: live.Found) -> dict[str, float]:
    """In short."""
    return {
        "upload": middle_of(its.uploads),
        "rename": middle_of(its.renames),
        "expanded": middle_of(its.expanded),
    }


def middle_of(latencies: list[live.Latency]) -> float:
    return statistics.median(each.since_page for each in latencies)


def _setups(languages: list[Language]) -> Iterable[tuple[str, Any]]:
    for language in languages:
        yield f"mirror, {language.name}", language.silent.program
        if language.by_hand and language.by_hand_paths:
            yield language.by_hand.name, language.by_hand.program
            yield f"paths, {language.by_hand.name}", language.by_hand_paths


def _versions() -> dict[str, str]:
    return {
        "drivebell": versions.drivebell(),
        "rusqlite": versions.crate("rusqlite"),
        "sqlite3 of Python, SQLite": versions.python_sqlite(),
        "better-sqlite3": versions.node("better-sqlite3"),
        **versions.languages(),
        "machine": versions.machine(),
    }

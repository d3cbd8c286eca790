"""THREATS.md names tests that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from simulator import REPOSITORY

FOLDERS = (
    *("core/src", "core/tests", "cli/src", "cli/tests", "tests"),
    *("fleet/src", "fleet/tests", "store/src", "store/tests"),
)
SOURCES = (".rs", ".py", ".mts", ".cts")
NOT_OURS = {"build", "node_modules"}


def named() -> list[str]:
    """The code in the last column of each table of promises."""
    text = (REPOSITORY / "THREATS.md").read_text(encoding="utf-8")
    promises = text.partition("## What is promised")[2].partition("## What is not promised")[0]
    rows = [line.split("|")[-2] for line in promises.splitlines() if line.startswith("| ")]
    return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]


def sources() -> Iterator[str]:
    for folder in FOLDERS:
        for path in (REPOSITORY / folder).rglob("*"):
            if path.suffix in SOURCES and not NOT_OURS.intersection(path.parts):
                yield path.read_text(encoding="utf-8")


ALL = "\n".join(sources())


def exists(name: str) -> bool:
    """Whether a test has this name, in Rust, Python or Node."""
    word = re.escape(name)
    # The attribute of the test, and perhaps others after it.
    rust = rf"#\[(tokio::)?test[^\n]*\]\n(\s*#\[[^\n]*\]\n)*\s*(async )?fn {word}\("
    on_both = rf"on_both_servers!\({word}\)"
    python = rf"def {word}\("
    node = rf"\bit\('{word}'"
    return re.search(f"{rust}|{on_both}|{python}|{node}", ALL) is not None


def test_tests_are_named() -> None:
    assert len(named()) > 40
    assert not exists("no_test_has_this_name")
    # A function that is no test.
    assert not exists("subscribe_error")


@pytest.mark.parametrize("name", sorted(set(named())))
def test_a_test_that_is_named_exists(name: str) -> None:
    assert exists(name)

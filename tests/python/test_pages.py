"""The pages about errors, events and findings: each name has one, each has its parts, and each text
leads to its own. `tests/extra/test_page_texts.py` compares what they show with what one sees."""

from __future__ import annotations

import json
import re

import drivebell
import pytest
from drivebell._names import HELP_URLS

from simulator import REPOSITORY

SITE = "https://drivebell.github.io/drivebell/"
DOCS = REPOSITORY / "docs"
NAMES: dict[str, list[str]] = json.loads((REPOSITORY / "tests" / "pages.json").read_text())
"""The names that have a page, by folder: from the core's declarations."""
PAGES = [f"{folder}/{name}" for folder, names in NAMES.items() for name in names]
HEADINGS = ["## What you see", "## Why it happens", "## What to do"]


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text(encoding="utf-8")


def test_every_name_has_a_page_and_every_page_a_name() -> None:
    for folder, names in NAMES.items():
        written = {path.stem for path in (DOCS / folder).glob("*.md")}
        assert written == {*names, "index"}, folder


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_what_one_sees_why_it_happens_and_what_to_do(page: str) -> None:
    text = text_of(page)
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    assert [line for line in lines if line in HEADINGS] == HEADINGS
    for part in re.split("|".join(HEADINGS), text)[1:]:
        assert len(part.split()) >= 10, "a part says nothing"


@pytest.mark.parametrize("folder", NAMES)
def test_the_index_of_a_folder_leads_to_each_page_once(folder: str) -> None:
    text = text_of(f"{folder}/index")
    linked = re.findall(r"\]\(([\w-]+)\.md\)", text)
    assert sorted(linked) == sorted(NAMES[folder])


def page_of(url: str) -> str:
    assert url.startswith(SITE), url
    assert url.endswith("/"), url
    return url.removeprefix(SITE).removesuffix("/")


def test_every_kind_of_error_leads_to_its_page() -> None:
    for kind, url in HELP_URLS.items():
        assert page_of(url) == f"errors/{kind.replace('_', '-')}"


def test_a_text_ends_with_the_page_and_the_message_is_without_it() -> None:
    error = drivebell.NotFoundError("no such drive")
    page = f"{SITE}errors/not-found/"
    assert (error.message, error.help_url) == ("no such drive", page)
    assert str(error) == f"no such drive; see {page}"
    assert repr(error) == "NotFoundError('no such drive')"
    other = drivebell.NotFoundError("no such drive", help_url="https://example.com")
    assert str(other) == "no such drive; see https://example.com"
    # What a credential raises is no error of ours, so it has no page.
    assert str(drivebell.SignInRequired("sign in")) == "sign in"

"""The pages about errors, events and findings: each name has one, each has its parts, and what
they show is what one sees.

`RECORD_PAGES=1 pytest tests/python/test_pages.py -k shows` writes what one sees into the pages.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import get_args

import drivebell
import pytest
from drivebell._names import HELP_URLS, DisconnectReason
from page_scene import Scene, run
from page_scenes import SCENES

from simulator import REPOSITORY

SITE = "https://drivebell.github.io/drivebell/"
DOCS = REPOSITORY / "docs"
NAMES: dict[str, list[str]] = json.loads((REPOSITORY / "tests" / "pages.json").read_text())
"""The names that have a page, by folder: from the core's declarations."""
PAGES = [f"{folder}/{name}" for folder, names in NAMES.items() for name in names]
HEADINGS = ["## What you see", "## Why it happens", "## What to do"]
LABELS = {"python": "In Python:", "node": "In Node:", "command line": "On the command line:"}


def text_of(page: str) -> str:
    return (DOCS / f"{page}.md").read_text()


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


# An abort is no error of ours.
LEADING = [page for page in PAGES if page.startswith("errors/") and page != "errors/aborted"] + [
    f"events/{reason.replace('_', '-')}" for reason in get_args(DisconnectReason)
]
"""The pages to which a text leads."""


# Only shown where the machine is brought into that state, or nothing is shown.
WITHOUT_SCENE = {
    "errors/addon": "a package that is not whole: the tests of the package break it",
    "errors/certificate-revoked": "only systems that ask for revocations show it",
    "errors/disk-full": "needs a disk of its own",
    "errors/host-unreachable": "needs a network of its own",
    "errors/internal": "a bug",
    "errors/other": "the words are the system's",
    "errors/permission-denied": "needs a network of its own",
    "errors/read-only": "the superuser may write everything",
    "errors/storage": "each code has a page",
    "events/diagnostics": "records, no text",
}


def test_every_page_shows_something() -> None:
    assert {scene.page for scene in SCENES} == {*PAGES} - {*WITHOUT_SCENE}
    assert [page for page in PAGES if "```text\n```" in text_of(page)] == []


def shown_on(page: str, language: str) -> str | None:
    block = re.search(block_of(language), text_of(page), re.DOTALL)
    return block[1].rstrip("\n") if block else None


def block_of(language: str) -> str:
    return re.escape(LABELS[language]) + r"\n\n```text\n(.*?)```\n"


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_page_shows_what_one_sees(scene: Scene, tmp_path: Path) -> None:
    shown = run(scene, tmp_path)
    assert shown, "nothing is seen"
    if os.environ.get("RECORD_PAGES"):
        record(scene.page, shown)
    for language, text in shown.items():
        assert shown_on(scene.page, language) == text, language
        for url in re.findall(rf"{SITE}[\w/-]+", text):
            assert page_of(url) in PAGES, url
        # The text of an event in Python has what it was made of.
        if scene.page in LEADING and not (language == "python" and "events/" in scene.page):
            assert f"{SITE}{scene.page}/" in text, language


def record(page: str, shown: dict[str, str]) -> None:
    path = DOCS / f"{page}.md"
    text = path.read_text()
    for language, seen in shown.items():
        block = f"{LABELS[language]}\n\n```text\n{seen}\n```\n"
        place = re.search(block_of(language), text, re.DOTALL)
        assert place, f"{page} has no place for {language}"
        text = text[: place.start()] + block + text[place.end() :]
    path.write_text(text)

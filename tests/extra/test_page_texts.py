"""What the pages about errors, events and findings show is what one sees, on Linux.

`RECORD_PAGES=1 pytest tests/extra/test_page_texts.py` writes what one sees into the pages.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import get_args

import pytest
from drivebell._names import DisconnectReason
from page_scene import Scene, run
from page_scenes import SCENES
from test_pages import DOCS, PAGES, SITE, page_of, text_of

LABELS = {"python": "In Python:", "node": "In Node:", "command line": "On the command line:"}
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
    text = path.read_text(encoding="utf-8")
    for language, seen in shown.items():
        block = f"{LABELS[language]}\n\n```text\n{seen}\n```\n"
        place = re.search(block_of(language), text, re.DOTALL)
        assert place, f"{page} has no place for {language}"
        text = text[: place.start()] + block + text[place.end() :]
    path.write_text(text, encoding="utf-8")

"""The demo runs, and docs/demo.svg is a picture of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from simulator import REPOSITORY

PICTURE = REPOSITORY / "docs" / "demo.svg"
SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES = ("Rust", "Python", "Node")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of a run of the demo now."""
    path = tmp_path_factory.mktemp("demo") / "demo.svg"
    script = REPOSITORY / "demo" / "draw.py"
    subprocess.run([sys.executable, script, path], check=True, timeout=120)
    return path


def lines(path: Path) -> list[str]:
    """What the picture shows, without the figures that differ from run to run."""
    texts = ElementTree.parse(path).getroot().findall(f"{SVG}text")
    shown = ("".join(text.itertext()) for text in texts)
    return [re.sub(r" *\d+(\.\d+)*", " N", line) for line in shown]


def test_the_picture_shows_what_the_demo_prints(drawn: Path) -> None:
    assert lines(PICTURE) == lines(drawn)
    assert lines(drawn)[0] == "$ make demo"
    for language in LANGUAGES:
        handled = [line for line in lines(drawn) if line.split()[:2] == [language, "changed"]]
        assert len(handled) == 3


def test_the_picture_is_small_and_needs_nothing_else() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    assert len(text) < 10_000
    assert "<script" not in text
    assert re.findall(r"(?:href|src)=|url\(|@import", text) == []
    tags = {element.tag.removeprefix(SVG) for element in ElementTree.fromstring(text).iter()}
    assert tags == {"svg", "style", "rect", "circle", "text", "tspan"}


def test_the_picture_is_for_light_and_dark_and_for_those_who_cannot_see_it() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text
    assert "prefers-reduced-motion: reduce" in text
    # Where pictures do not move, everything is shown: only the animation hides a line.
    assert re.findall(r"opacity: *0[^.\d]", text.replace("from { opacity: 0; }", "")) == []
    label = ElementTree.fromstring(text).get("aria-label", "")
    assert all(language in label for language in LANGUAGES)

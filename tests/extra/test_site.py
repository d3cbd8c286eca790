"""The site with the documentation, in a real browser."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from installed import program
from npm_programs import FOLDER

from simulator import REPOSITORY

DIST = REPOSITORY / "docs/site/dist"
BASE = "/drivebell/"
SMALL_SCREEN = 360


class Pages(SimpleHTTPRequestHandler):
    """The built site, below its base path, as GitHub Pages serves it."""

    def translate_path(self, path: str) -> str:
        if not path.startswith(BASE):
            return str(DIST / "nothing is outside of the base path")
        return super().translate_path("/" + path.removeprefix(BASE))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    def handler(*arguments: Any) -> Pages:
        return Pages(*arguments, directory=str(DIST))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}{BASE}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def seen(address: str) -> dict[str, Any]:
    files = DIST.rglob("index.html")
    paths = sorted(str(file.parent.relative_to(DIST) / "_").rstrip("_") for file in files)
    result = subprocess.run(
        ["node", str(FOLDER / "site.mjs"), address, program("chromium")],
        input=json.dumps(paths),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=280,
    )
    report: dict[str, Any] = json.loads(result.stdout)
    assert sorted(page["path"] for page in report["pages"]) == paths
    return report


def test_every_document_is_a_page(seen: dict[str, Any]) -> None:
    paths = {page["path"] for page in seen["pages"]}
    docs = REPOSITORY / "docs"
    for document in docs.rglob("*.md"):
        if Path("site") not in document.relative_to(docs).parents:
            slug = (
                str(document.relative_to(docs).with_suffix(""))
                .removesuffix("/README")
                .removesuffix("/index")
            )
            assert f"{slug}/" in paths
    for path in ("", "contributing/", "reference/python/", "reference/typescript/drivebell/"):
        assert path in paths


def test_every_page_loads_without_an_error(seen: dict[str, Any]) -> None:
    assert [page for page in seen["pages"] if page["errors"]] == []
    assert [page["path"] for page in seen["pages"] if "drivebell" not in page["title"]] == []


def test_no_page_scrolls_sideways_on_a_small_screen(seen: dict[str, Any]) -> None:
    assert [page for page in seen["pages"] if page["width"] > SMALL_SCREEN] == []


def test_all_tabs_switch_together(seen: dict[str, Any]) -> None:
    tabs = seen["tabs"]
    assert tabs["before"]
    assert set(tabs["before"]) == {"Python"}
    assert set(tabs["after"]) == {"Node"}
    assert "import { Client" in tabs["shown"]
    assert tabs["elsewhere"] == ["Node"]


def test_the_search_finds_pages(seen: dict[str, Any]) -> None:
    search = seen["search"]
    assert search["errors"] == []
    assert len(search["found"]) > 1
    assert all(BASE in found for found in search["found"])


def test_the_reader_has_a_light_and_a_dark_page(seen: dict[str, Any]) -> None:
    themes = seen["themes"]
    assert themes["light"]["theme"] == "light"
    assert themes["dark"]["theme"] == "dark"
    assert themes["chosen"] == themes["dark"]
    assert themes["light"]["backgroundColor"] != themes["dark"]["backgroundColor"]
    assert themes["light"]["color"] != themes["dark"]["color"]

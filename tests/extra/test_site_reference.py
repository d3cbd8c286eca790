"""The reference of the Python packages on the site, which is generated from the code."""

from __future__ import annotations

import importlib
import re

import pytest
from python_links import Links
from python_pages import NOT_DOCUMENTED, PAGES, check_complete

from simulator import REPOSITORY

WRITTEN = REPOSITORY / "docs/site/src/content/docs/reference/python"
LINKS = Links(
    {
        "drivebell": {
            "Client": "/client/#client",
            "Client.close": "/client/#clientclose",
            "Client.label": "/client/#client",
        },
        "drivebell.sync": {"Client": "/sync/#client", "Client.close": "/sync/#clientclose"},
    }
)


def entries(slug: str) -> dict[str, str]:
    """The text below each heading of a written page."""
    parts = re.split(r"^##+ (.+)$", (WRITTEN / f"{slug}.md").read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("slug", [page.slug for page in PAGES])
def test_every_entry_says_something(slug: str) -> None:
    for heading, text in entries(slug).items():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        assert len(prose.strip()) > 10, heading


@pytest.mark.parametrize(
    "module", ["drivebell", "drivebell.sync", "drivebell.testing", "drivebell_simulator"]
)
def test_every_public_name_has_an_entry(module: str) -> None:
    names = set(importlib.import_module(module).__all__) - NOT_DOCUMENTED.get(module, set())
    written = {heading for page in PAGES if page.module == module for heading in entries(page.slug)}
    assert names <= written


def test_docstrings_of_native_methods_are_there() -> None:
    changes = entries("changes")
    assert "Whether the item was deleted." in changes["DriveItem"]
    assert (
        "def from_raw(raw: Mapping[str, Any] | str) -> DriveItem" in changes["DriveItem.from_raw"]
    )


def test_a_name_without_a_page_fails_the_build() -> None:
    names = {name for page in PAGES if page.module == "drivebell.sync" for name in page.names}
    check_complete({"drivebell.sync": names})
    with pytest.raises(SystemExit, match="Lost"):
        check_complete({"drivebell.sync": {*names, "Lost"}})
    with pytest.raises(SystemExit, match="Client"):
        check_complete({"drivebell.sync": names - {"Client"}})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See `Client`.", "See [`Client`](/client/#client)."),
        (
            "See `drivebell.Client.close()`.",
            "See [`drivebell.Client.close()`](/client/#clientclose).",
        ),
        ("See `Client.label`.", "See [`Client.label`](/client/#client)."),
        ("See `None` and `close`.", "See `None` and `close`."),
        ("See docs/sign-in.md.", "See [sign-in](/drivebell/sign-in/)."),
    ],
)
def test_docstrings_link_names_and_pages(text: str, expected: str) -> None:
    assert LINKS.in_docstring(text, "drivebell", "Other").strip() == expected


def test_a_docstring_links_what_is_beside_it_and_not_itself() -> None:
    text = LINKS.in_docstring("`close`, `label` and `Client.close`", "drivebell.sync", "Client")
    assert text.strip() == (
        "[`close`](/sync/#clientclose), `label` and [`Client.close`](/sync/#clientclose)"
    )
    assert LINKS.in_docstring("`Client`", "drivebell", "Client").strip() == "`Client`"


def test_an_example_of_a_docstring_becomes_a_block_of_code() -> None:
    text = LINKS.in_docstring("Do:\n\n    a = `Client`\n\n    b\n\nThen.", "drivebell", "")
    assert "```python\na = `Client`\n\nb\n```\n" in text
    assert text.rstrip().endswith("Then.")


def test_what_continues_a_list_is_no_example() -> None:
    text = "- `a`: first\n\n    - second\n"
    assert "```" not in LINKS.in_docstring(text, "drivebell", "")

"""Writes the reference of the Python packages: `python python_reference.py FOLDER`.

It needs the built package, which has the docstrings of what is written in Rust.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from python_api import Api, docstring
from python_links import REFERENCE, Links, anchor
from python_markdown import Entries, has_entry
from python_pages import PAGES, Page, check_complete


def main(folder: Path) -> None:
    api = Api()
    modules = {page.module for page in PAGES}
    check_complete({module: api.exported(module) for module in modules})
    public = {api.find(page.module, name).path for page in PAGES for name in page.names}
    links = Links(places(api, public))
    entries = Entries(api, links, public)
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "index.md", "Python API", "Overview", 0, overview(api, links))
    for order, page in enumerate(PAGES, 1):
        parts = [entries.of(page.module, name) for name in page.names]
        if page.module == page.title:
            parts.insert(0, links.in_docstring(api.module_docstring(page.module), page.module, ""))
        write(folder / f"{page.slug}.md", title_of(page), page.title, order, "\n\n".join(parts))


def title_of(page: Page) -> str:
    """With the language, because the search shows the titles of other references beside it."""
    return page.title if page.title == page.module else f"{page.title} (Python)"


def places(api: Api, public: set[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {page.module: {} for page in PAGES}
    for page in PAGES:
        for name in page.names:
            found[page.module][name] = _place(page, name)
            for member in api.members(api.find(page.module, name), public):
                entry = f"{name}.{member.name}" if has_entry(member) else name
                found[page.module][f"{name}.{member.name}"] = _place(page, entry)
    return found


def _place(page: Page, heading: str) -> str:
    return f"{REFERENCE}{page.slug}/#{anchor(heading)}"


def overview(api: Api, links: Links) -> str:
    parts = [links.in_docstring(api.module_docstring("drivebell"), "drivebell", "")]
    for page in PAGES:
        rows = [
            f"| [`{name}`]({_place(page, name)}) | {_summary(api, links, page, name)} |"
            for name in page.names
        ]
        heading = f"## [{page.title}]({REFERENCE}{page.slug}/)"
        parts.append("\n".join([heading, "", "| name | |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def _summary(api: Api, links: Links, page: Page, name: str) -> str:
    """The first sentence of its docstring."""
    paragraph = docstring(api.find(page.module, name)).partition("\n\n")[0].replace("\n", " ")
    sentence = paragraph.partition(". ")[0].rstrip(".:") + "." if paragraph else ""
    return links.in_docstring(sentence, page.module, name).strip().replace("|", "\\|")


def write(file: Path, title: str, label: str, order: int, text: str) -> None:
    frontmatter = [
        "---",
        f"title: {json.dumps(title)}",
        "editUrl: false",
        "sidebar:",
        f"  label: {json.dumps(label)}",
        f"  order: {order}",
        "---",
    ]
    file.write_text("\n".join([*frontmatter, "", text, ""]), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

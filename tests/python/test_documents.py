"""The documents are true: what they point to exists."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest
from cargo_profile import fast_profile

from simulator import REPOSITORY

# Built or installed, not written.
NOT_OURS = {
    ".git",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "node_modules",
    "target",
}
# Written from the documents.
SITE_PAGES = REPOSITORY / "docs/site/src/content"
# Templates: their pages are in docs, where the links lead from.
TEMPLATES = REPOSITORY / "bench" / "drivebell_bench"
GUIDES = ["ARCHITECTURE.md", "CONTRIBUTING.md"]
# What they call the files of this repository.
ON_GITHUB = (
    "https://github.com/drivebell/drivebell/blob/main/",
    "https://github.com/drivebell/drivebell/tree/main/",
    "https://raw.githubusercontent.com/drivebell/drivebell/main/",
)
# Its pages are the files of docs.
SITE = "https://drivebell.github.io/drivebell/"
# Those that Python's index, npm and the registry of crates show, and GitHub's translation.
SHOWN_ELSEWHERE = ["README.md", "README.pt-BR.md", "bindings-node/README.md"]

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FILE_NAME = re.compile(r"[\w.-]+\.(rs|py|pyi|ts|mjs|md|json|toml|yml)")


def walk() -> Iterator[Path]:
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = [name for name in folders if name not in NOT_OURS]
        if Path(folder) == SITE_PAGES.parent and SITE_PAGES.name in folders:
            folders.remove(SITE_PAGES.name)
        yield from (Path(folder) / name for name in (*folders, *files))


PATHS = list(walk())
DOCUMENTS = [path for path in PATHS if path.suffix == ".md" and TEMPLATES not in path.parents]


def paths_in(text: str) -> Iterator[str]:
    """What a document names in backticks that is a path: a file name, or anything with a slash that
    is neither a path of Graph nor a package of npm."""
    for code in CODE.findall(FENCED.sub("", text)):
        if FILE_NAME.fullmatch(code) or (re.fullmatch(r"[\w.-]+(/[\w.-]*)+", code)):
            yield code


def exists(path: str) -> bool:
    """Whether a file or folder of the repository has this path, or ends with it: in a section about
    a folder, a document leaves out that folder's name."""
    parts = PurePosixPath(path).parts
    return any(other.parts[-len(parts) :] == parts for other in PATHS)


def without_code(text: str) -> str:
    return CODE.sub("", FENCED.sub("", text))


def anchors_of(text: str) -> set[str]:
    """The anchors that GitHub gives the headings."""
    headings = HEADING.findall(FENCED.sub("", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def page_of_the_site(link: str) -> str:
    """The file of docs from which a page of the site is made. The site's first page has none."""
    slug, hash_sign, anchor = link.removeprefix(SITE).partition("#")
    if not slug.endswith("/"):
        return slug if slug else "docs"
    path = f"docs/{slug.removesuffix('/')}"
    index = f"{path}/index.md"
    return (index if (REPOSITORY / index).exists() else f"{path}.md") + hash_sign + anchor


def is_broken(document: Path, link: str) -> bool:
    base = document.parent
    for github in ON_GITHUB:
        if link.startswith(github):
            base, link = REPOSITORY, link.removeprefix(github)
    if link.startswith(SITE):
        base, link = REPOSITORY, page_of_the_site(link)
    if re.match(r"[a-z]+:", link):
        return False
    path, _, anchor = link.partition("#")
    target = (base / path).resolve() if path else document
    if not target.exists():
        return True
    return bool(anchor) and anchor not in anchors_of(target.read_text())


@pytest.mark.parametrize("guide", GUIDES)
def test_every_path_in_a_guide_exists(guide: str) -> None:
    paths = list(paths_in((REPOSITORY / guide).read_text()))
    assert len(paths) > 10
    assert [path for path in paths if not exists(path)] == []


def test_every_link_leads_somewhere() -> None:
    assert len(DOCUMENTS) > 10
    links = [
        (str(document.relative_to(REPOSITORY)), link)
        for document in DOCUMENTS
        for link in LINK.findall(without_code(document.read_text()))
        if is_broken(document, link)
    ]
    assert links == []


def test_what_is_broken_is_found() -> None:
    text = "`core/src/lib.rs` `no.rs` `/me/drive` `core/none/`\n```\n`other.rs`\n```\n"
    assert [path for path in paths_in(text) if not exists(path)] == ["no.rs", "core/none/"]
    readme = REPOSITORY / "README.md"
    for link in (
        "none.md",
        "#none",
        "CONTRIBUTING.md#none",
        *(f"{github}none.md" for github in ON_GITHUB),
        f"{SITE}none/",
        f"{SITE}gaps/#none",
        f"{SITE}gaps",
    ):
        assert is_broken(readme, link), link
    for link in (
        "docs",
        "#what-it-does",
        "CONTRIBUTING.md#how-fast-is-it",
        "https://example.com/none",
        *(f"{github}docs" for github in ON_GITHUB),
        SITE,
        f"{SITE}gaps/#errors",
        f"{SITE}performance/delta/",
    ):
        assert not is_broken(readme, link), link


@pytest.mark.parametrize("document", SHOWN_ELSEWHERE)
def test_what_is_shown_elsewhere_has_only_absolute_links(document: str) -> None:
    links = LINK.findall(without_code((REPOSITORY / document).read_text(encoding="utf-8")))
    assert len(links) > 10
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_readme_is_short() -> None:
    for readme in ("README.md", "README.pt-BR.md"):
        assert len((REPOSITORY / readme).read_text(encoding="utf-8").splitlines()) < 200


def test_every_package_has_the_same_description() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    description = readme.splitlines()[2].removesuffix(".")
    cargo = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())
    python = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    node = json.loads((REPOSITORY / "bindings-node" / "package.json").read_text())
    assert cargo["workspace"]["package"]["description"] == description
    assert python["project"]["description"] == description
    assert node["description"] == description


def test_every_workspace_has_the_same_profile_for_tests() -> None:
    def fast(manifest: Path) -> object:
        return tomllib.loads(manifest.read_text(encoding="utf-8"))["profile"]["fast"]

    for workspace in ("bench", "examples/fleet/consumer-rust", "examples/rust/otel", "fuzz"):
        assert fast(REPOSITORY / workspace / "Cargo.toml") == fast(REPOSITORY / "Cargo.toml")
    assert tomllib.loads(fast_profile())["profile"]["fast"] == fast(REPOSITORY / "Cargo.toml")

"""The documents are true: what they point to exists."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

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
# Templates: their pages are in docs, where the links lead from.
TEMPLATES = REPOSITORY / "bench" / "drivebell_bench"
GUIDES = ["ARCHITECTURE.md", "CONTRIBUTING.md"]
ON_GITHUB = "https://github.com/drivebell/drivebell/blob/main/"

FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
FILE_NAME = re.compile(r"[\w.-]+\.(rs|py|pyi|ts|mjs|md|json|toml|yml)")


def walk() -> Iterator[Path]:
    for folder, folders, files in os.walk(REPOSITORY):
        folders[:] = [name for name in folders if name not in NOT_OURS]
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


def is_broken(document: Path, link: str) -> bool:
    base = document.parent
    if link.startswith(ON_GITHUB):
        base, link = REPOSITORY, link.removeprefix(ON_GITHUB)
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
    for link in ("none.md", "#none", "CONTRIBUTING.md#none", f"{ON_GITHUB}none.md"):
        assert is_broken(readme, link), link
    for link in ("docs", "#install", "CONTRIBUTING.md#how-fast-is-it", "https://example.com/none"):
        assert not is_broken(readme, link), link


def test_every_package_has_the_same_description() -> None:
    readme = (REPOSITORY / "README.md").read_text()
    description = readme.splitlines()[2].removesuffix(".")
    cargo = tomllib.loads((REPOSITORY / "Cargo.toml").read_text())
    python = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    node = json.loads((REPOSITORY / "bindings-node" / "package.json").read_text())
    assert cargo["workspace"]["package"]["description"] == description
    assert python["project"]["description"] == description
    assert node["description"] == description

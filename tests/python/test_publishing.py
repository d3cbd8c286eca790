"""What the workflow `release` calls before and while it publishes."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path

from release.notes import notes
from release.publish import npm_packages, published_crates

CHANGELOG = """# Changelog

## Unreleased

- Not yet.

## 0.2.0 - 2026-12-01

### Added

- Something.

## 0.1.0 - 2026-11-01

- The first.
"""


def test_the_notes_are_the_section_of_the_version() -> None:
    assert notes(CHANGELOG, "0.2.0") == "### Added\n\n- Something.\n"
    assert notes(CHANGELOG, "0.1.0") == "- The first.\n"


def test_a_version_without_a_date_is_not_ready() -> None:
    assert notes("## Unreleased (0.1.0)\n\n- It.\n", "0.1.0") is None
    assert notes("## 0.1.0\n\n- It.\n", "0.1.0") is None
    assert notes(CHANGELOG, "0.3.0") is None


def test_packages_of_platforms_go_to_npm_first(tmp_path: Path) -> None:
    pack(tmp_path / "drivebell-1.0.0.tgz", {"optionalDependencies": {"@drivebell/a": "1.0.0"}})
    pack(tmp_path / "drivebell-z-1.0.0.tgz", {"name": "@drivebell/z"})
    pack(tmp_path / "drivebell-a-1.0.0.tgz", {"name": "@drivebell/a"})
    assert [path.name for path in npm_packages(tmp_path)] == [
        "drivebell-a-1.0.0.tgz",
        "drivebell-z-1.0.0.tgz",
        "drivebell-1.0.0.tgz",
    ]


def pack(path: Path, manifest: dict[str, object]) -> None:
    content = json.dumps(manifest).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("package/package.json")
        member.size = len(content)
        archive.addfile(member, BytesIO(content))


def test_the_crates_that_people_use_are_published() -> None:
    assert published_crates() == [
        "drivebell",
        "drivebell-cli",
        "drivebell-fleet",
        "drivebell-mirror",
        "drivebell-simulator",
        "drivebell-store",
    ]

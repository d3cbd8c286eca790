"""Which changes a mirror hands out. Its tree is always that of the whole drive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from deadline import soon
from drivebell import Mirror
from mirrored_drives import delete, holds_the_drive, mirror_of, move, put, rename, take

from simulator import Simulator

Told = tuple[str, str, str | None, str]


@dataclass
class Watched:
    simulator: Simulator
    mirror: Mirror
    taken: int = 0

    async def told(self) -> list[Told]:
        """The changes that come: kind, path, old path, and whether something moved in or out."""
        # Once the tree holds what is made last, it holds everything before.
        put(self.simulator, f"/last/{uuid4()}")
        await holds_the_drive(self.mirror, self.simulator)
        sequence = self.mirror.stats().sequence
        changes = await take(self.mirror, sequence - self.taken)
        self.taken = sequence
        return sorted(
            (
                change.kind,
                change.path,
                change.old_path,
                "in" if change.moved_in else "out" if change.moved_out else "",
            )
            for change in changes
            if not change.path.startswith("/last")
        )


@asynccontextmanager
async def filtered(tmp_path: Path, **options: Any) -> AsyncIterator[tuple[Simulator, Watched]]:
    with Simulator() as simulator:
        for path in (
            "/Reports/plan.pdf",
            "/Reports/draft/old.PDF",
            "/Reports/a.txt",
            "/else/b.pdf",
        ):
            put(simulator, path)
        file = tmp_path / "drive.db"
        async with mirror_of(simulator, file, initial="silent", **options) as mirror:
            await soon(mirror.ready())
            yield simulator, Watched(simulator, mirror)


async def test_under_a_folder(tmp_path: Path) -> None:
    async with filtered(tmp_path, under="/Reports") as (simulator, watched):
        put(simulator, "/else/new.pdf")
        put(simulator, "/Reports/new.pdf")
        assert await watched.told() == [("created", "/Reports/new.pdf", None, "")]
        move(simulator, "/Reports/new.pdf", "/else", "moved.pdf")
        move(simulator, "/else/b.pdf", "/Reports")
        assert await watched.told() == [
            ("created", "/Reports/b.pdf", None, "in"),
            ("deleted", "/Reports/new.pdf", None, "out"),
        ]
        move(simulator, "/Reports/b.pdf", "/Reports/draft")
        assert await watched.told() == [("moved", "/Reports/draft/b.pdf", "/Reports/b.pdf", "")]


async def test_by_globs(tmp_path: Path) -> None:
    options = {"include": ["*.pdf"], "exclude": ["/Reports/draft"]}
    async with filtered(tmp_path, **options) as (simulator, watched):
        put(simulator, "/Reports/new.txt")
        put(simulator, "/Reports/draft/new.pdf")
        put(simulator, "/else/Deep/NEW.Pdf")
        assert await watched.told() == [("created", "/else/Deep/NEW.Pdf", None, "")]
        rename(simulator, "/Reports/a.txt", "a.pdf")
        rename(simulator, "/Reports/plan.pdf", "plan.doc")
        assert await watched.told() == [
            ("created", "/Reports/a.pdf", None, "in"),
            ("deleted", "/Reports/plan.pdf", None, "out"),
        ]


async def test_by_kind(tmp_path: Path) -> None:
    async with filtered(tmp_path, kinds=["created", "deleted"]) as (simulator, watched):
        rename(simulator, "/Reports/a.txt", "c.txt")
        put(simulator, "/Reports/plan.pdf", b"other")
        delete(simulator, "/else/b.pdf")
        put(simulator, "/new.txt")
        assert await watched.told() == [
            ("created", "/new.txt", None, ""),
            ("deleted", "/else/b.pdf", None, ""),
        ]


async def test_files_only(tmp_path: Path) -> None:
    async with filtered(tmp_path, files_only=True) as (simulator, watched):
        put(simulator, "/new/folder/file.txt")
        assert await watched.told() == [("created", "/new/folder/file.txt", None, "")]
        rename(simulator, "/new", "other")
        assert await watched.told() == [
            ("moved", "/other/folder/file.txt", "/new/folder/file.txt", "")
        ]
        delete(simulator, "/other")
        assert await watched.told() == [("deleted", "/other/folder/file.txt", None, "")]


async def test_no_kinds_keep_only_the_tree(tmp_path: Path) -> None:
    async with filtered(tmp_path, kinds=[]) as (simulator, watched):
        put(simulator, "/new.txt")
        assert await watched.told() == []
        stats = watched.mirror.stats()
        assert (stats.sequence, stats.outbox) == (0, 0)


async def test_a_folder_that_leaves_the_filter(tmp_path: Path) -> None:
    async with filtered(tmp_path, under="/Reports", expand=True) as (simulator, watched):
        move(simulator, "/Reports/draft", "/else")
        assert await watched.told() == [
            ("deleted", "/Reports/draft", None, "out"),
            ("deleted", "/Reports/draft/old.PDF", None, "out"),
        ]
        move(simulator, "/else/draft", "/Reports")
        assert await watched.told() == [
            ("created", "/Reports/draft", None, "in"),
            ("created", "/Reports/draft/old.PDF", None, "in"),
        ]

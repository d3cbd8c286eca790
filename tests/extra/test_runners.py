"""The simulator in tests of users under vitest and jest, and its page in a browser."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from installed import program
from test_readme import code_blocks

from simulator import REPOSITORY

RUNNERS = Path(__file__).parent / "runners"
MODULES = RUNNERS / "node_modules"
PAGE = REPOSITORY / "docs" / "testing.md"


def run(command: Sequence[str | Path], folder: Path, **environment: str) -> str:
    assert MODULES.is_dir(), "run `make tests/extra/runners/node_modules/ready`"
    result = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"CI": "1", "NO_COLOR": "1"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    return said


def vitest(folder: Path, file: str) -> str:
    return run([MODULES / ".bin" / "vitest", "run", "--reporter=verbose", file], folder)


def test_vitest() -> None:
    assert "2 passed" in vitest(RUNNERS, "testing.test.mjs")


def test_the_page_about_testing_with_vitest(tmp_path: Path) -> None:
    blocks = code_blocks("docs/testing.md", PAGE.read_text())
    (block,) = [block for block in blocks if "'vitest'" in block.code]
    (tmp_path / "page.test.mjs").write_text(block.code)
    (tmp_path / "node_modules").symlink_to(MODULES)
    assert "1 passed" in vitest(tmp_path, "page.test.mjs")


def test_the_page_about_testing_with_jest(tmp_path: Path) -> None:
    """The page says how its test for vitest becomes one for jest."""
    blocks = code_blocks("docs/testing.md", PAGE.read_text())
    (block,) = [block for block in blocks if "'vitest'" in block.code]
    _, rest = block.code.split("\n", 1)
    assert "vitest" not in rest
    (tmp_path / "page.test.mjs").write_text(rest)
    (tmp_path / "package.json").write_text('{"type":"module"}')
    (tmp_path / "node_modules").symlink_to(MODULES)
    command: list[str | Path] = [
        MODULES / ".bin" / "jest",
        "--testMatch",
        "**/*.test.mjs",
        "--rootDir",
        tmp_path,
    ]
    said = run(command, tmp_path, NODE_OPTIONS="--experimental-vm-modules --no-warnings")
    assert "1 passed" in said


def test_jest() -> None:
    command: list[str | Path] = [
        MODULES / ".bin" / "jest",
        "--runInBand",
        "--testMatch",
        "**/testing.test.cjs",
    ]
    assert "2 passed" in run(command, RUNNERS)


def test_a_person_on_the_page_of_the_simulator() -> None:
    said = run(
        ["node", "--test", "--test-reporter=spec", "--test-timeout=200000", "page.test.mjs"],
        RUNNERS,
        CHROMIUM=program("chromium"),
    )
    assert "pass 7" in said
    assert "skipped 0" in said

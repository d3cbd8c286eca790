"""The tests in docs/testing.md pass. tests/extra runs that of vitest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import Block, code_blocks

from simulator import REPOSITORY

PAGE = "docs/testing.md"
BLOCKS = code_blocks(PAGE, (REPOSITORY / PAGE).read_text())
OF_NODE = [block for block in BLOCKS if "node:test" in block.code]
OF_PYTHON = [block for block in BLOCKS if block.language == "python"]


def run(command: list[str], folder: Path) -> str:
    result = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize("block", OF_PYTHON, ids=str)
def test_a_test_for_pytest(block: Block, tmp_path: Path) -> None:
    (tmp_path / "test_page.py").write_text(block.code)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n"
    )
    said = run([sys.executable, "-W", "error", "-m", "pytest", "-p", "no:cacheprovider"], tmp_path)
    assert "1 passed" in said


@pytest.mark.parametrize("block", OF_NODE, ids=str)
def test_a_test_for_node(block: Block, tmp_path: Path) -> None:
    (tmp_path / "page.test.mjs").write_text(block.code)
    modules = tmp_path / "node_modules"
    modules.mkdir()
    (modules / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    (modules / "drivebell-simulator").symlink_to(REPOSITORY / "simulator" / "npm")
    said = run(["node", "--test", "--test-reporter=spec", "page.test.mjs"], tmp_path)
    assert "pass 1" in said


def test_no_block_is_left_out() -> None:
    others = [block for block in BLOCKS if block not in OF_NODE and block not in OF_PYTHON]
    assert len(OF_NODE) == 2
    assert len(OF_PYTHON) == 4
    assert [block.code.splitlines()[0] for block in others] == [
        "import { expect, test } from 'vitest'"
    ]

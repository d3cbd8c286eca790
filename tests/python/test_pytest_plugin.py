"""The fixtures of pytest, in runs of their own, as projects of users configure them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ASYNC_TEST = """
import drivebell
{before}
async def test_a_file_is_noticed(drivebell_simulator):
    async with drivebell_simulator.client() as client:
        async with client.subscribe(drivebell.Resource.my_drive()) as sub:
            await drivebell_simulator.upload("/report.txt")
            assert (await sub.next(timeout=10)).kind == "changed"
"""
SYNC_TEST = """
import pytest

pytestmark = pytest.mark.drivebell_simulator("--drive", "of-the-module")

@pytest.mark.drivebell_simulator("--drive", "of-the-test")
def test_options(drivebell_simulator_sync, drivebell_simulator):
    drivebell_simulator_sync.upload("/a", drive="of-the-test")
    drivebell_simulator_sync.upload("/a", drive="of-the-module")
    assert drivebell_simulator.base_url == drivebell_simulator_sync.base_url

def test_each_test_has_its_own(drivebell_simulator_sync):
    assert drivebell_simulator_sync.children() == []
"""
INI = """
[pytest]
filterwarnings = error
    ignore:.*asyncio_default_fixture_loop_scope
"""
UNUSED = """
import sys

def test_drivebell_is_not_imported():
    assert "drivebell_simulator.pytest_plugin" in sys.modules
    assert not {"drivebell", "drivebell.testing", "asyncio"} & set(sys.modules)
"""


def run(folder: Path, test: str, *options: str) -> str:
    """Runs a test and returns what pytest prints, where every warning is an error."""
    (folder / "test_users.py").write_text(test)
    (folder / "pytest.ini").write_text(INI)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "--strict-markers",
        *options,
    ]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.mark.parametrize(
    ("before", "options"),
    [
        ("", ["-p", "no:anyio", "--asyncio-mode=auto"]),
        ("import pytest\n@pytest.mark.asyncio", ["-p", "no:anyio", "--asyncio-mode=strict"]),
        ("import pytest\n@pytest.mark.anyio", ["-p", "no:asyncio", "-k", "asyncio"]),
    ],
    ids=["asyncio-auto", "asyncio-strict", "anyio"],
)
def test_async_tests(tmp_path: Path, before: str, options: list[str]) -> None:
    assert "1 passed" in run(tmp_path, ASYNC_TEST.format(before=before), *options)


def test_without_a_plugin_for_async_tests(tmp_path: Path) -> None:
    said = run(tmp_path, SYNC_TEST, "-p", "no:asyncio", "-p", "no:anyio")
    assert "2 passed" in said


def test_it_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    assert "1 passed" in run(tmp_path, UNUSED, "-p", "no:asyncio", "-p", "no:anyio")


def test_it_is_explained(tmp_path: Path) -> None:
    assert "drivebell_simulator(*options)" in run(tmp_path, "", "--markers")
    said = run(tmp_path, SYNC_TEST, "--fixtures")
    assert "drivebell_simulator_sync" in said

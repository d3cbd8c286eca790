"""A program with drivebell in it, bundled by each bundler: docs/bundlers.md says what works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from npm_programs import FOLDER, installed, node

from simulator import REPOSITORY, TOKEN, Simulator

PACKAGE = REPOSITORY / "bindings-node"
ADDON = "drivebell.node"
"""What the tests name the addon where `DRIVEBELL_ADDON` names it."""
GUIDE = "docs/bundlers.md"
PUBLISHED_GUIDE = "https://drivebell.github.io/drivebell/bundlers/"

WORKS = "there root\nend\n"
ADVICE = "keep drivebell external there"
NOT_FOUND = "Cannot find package 'drivebell'"

BUNDLERS = {
    "esbuild-cjs": (WORKS, WORKS),
    "esbuild-esm": (WORKS, ADVICE),
    "esbuild-esm-require": (WORKS, WORKS),
    "webpack": (WORKS, WORKS),
    "rollup": (WORKS, NOT_FOUND),
    "vite": (WORKS, WORKS),
    "ncc": (WORKS, WORKS),
    "sea": (WORKS, WORKS),
    "bun": (NOT_FOUND, WORKS),
}
"""What the program prints with drivebell outside of the bundle, and with drivebell in it and the
path of the addon. Without that path, a bundle with drivebell in it gives advice."""


def bundle(bundler: str, folder: Path, where: str) -> Path:
    """Installs drivebell in the folder, bundles the program there, and returns the result."""
    home = folder / "node_modules/drivebell"
    for part in ("dist", "native"):
        shutil.copytree(PACKAGE / part, home / part)
    shutil.copy(PACKAGE / "package.json", home)
    shutil.copy(FOLDER / "program.mjs", folder)
    (folder / "out").mkdir()
    subprocess.run(
        ["node", FOLDER / "bundle.mjs", bundler, folder, where],
        env=os.environ | {"NODE_OF_THE_EXECUTABLE": str(node(24))},
        check=True,
        timeout=120,
    )
    return folder / "out"


def run(out: Path, simulator: Simulator, **environment: str) -> str:
    """Runs what is in the folder, and returns what it prints."""
    executable = out / "program"
    command = [str(executable)]
    if not executable.exists():
        command = ["node", *(str(script) for script in out.glob("program.*js"))]
    result = subprocess.run(
        command,
        env=os.environ | {"GRAPH_TOKEN": TOKEN, "GRAPH_URL": simulator.base_url} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert (result.returncode == 0) == (result.stdout == WORKS), result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_drivebell_outside_of_the_bundle(
    bundler: str, simulator: Simulator, tmp_path: Path
) -> None:
    assert BUNDLERS[bundler][0] in run(bundle(bundler, tmp_path, "external"), simulator)


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_drivebell_in_the_bundle(bundler: str, simulator: Simulator, tmp_path: Path) -> None:
    expected = BUNDLERS[bundler][1]
    made = bundle(bundler, tmp_path / "made", "inside")
    (addon,) = (PACKAGE / "native").glob("*.node")
    # Nothing of the package is left where the program runs.
    out = Path(shutil.move(made, tmp_path / "moved"))
    shutil.copy(addon, out / ADDON)
    shutil.rmtree(tmp_path / "made")
    assert expected in run(out, simulator, DRIVEBELL_ADDON=str(out / ADDON))
    alone = run(out, simulator)
    assert (NOT_FOUND if expected == NOT_FOUND else ADVICE) in alone
    assert (PUBLISHED_GUIDE in alone) == (expected != NOT_FOUND)
    if expected == WORKS:
        assert "DRIVEBELL_ADDON must be the absolute path" in run(
            out, simulator, DRIVEBELL_ADDON=f"./{ADDON}"
        )


def test_bun_takes_the_addon_into_the_executable(simulator: Simulator, tmp_path: Path) -> None:
    guide = (REPOSITORY / GUIDE).read_text(encoding="utf-8")
    (example,) = re.findall(
        r"^```javascript\n(import path from .*?)```$", guide, re.MULTILINE | re.DOTALL
    )
    shutil.copy(FOLDER / "program.mjs", tmp_path)
    (tmp_path / "addon.mjs").write_text(example)
    program = tmp_path / "with-addon.mjs"
    program.write_text("import './addon.mjs'\nimport './program.mjs'\n")
    home = tmp_path / "node_modules/drivebell"
    for part in ("dist", "native"):
        shutil.copytree(PACKAGE / part, home / part)
    shutil.copy(PACKAGE / "package.json", home)
    (addon,) = (home / "native").glob("*.node")
    # The platform of the guide's example.
    addon.rename(addon.with_name("drivebell.linux-x64-gnu.node"))
    out = tmp_path / "out"
    bun = str(installed(".bin/bun"))
    command = [bun, "build", str(program), "--compile", "--outfile", str(out / "program")]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    shutil.rmtree(home)
    assert run(out, simulator) == WORKS


def test_the_guide_has_a_row_for_each_bundler() -> None:
    guide = (REPOSITORY / GUIDE).read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", guide, re.MULTILINE)
    table = {name: (outside == "works", inside == "works") for name, outside, inside in rows}
    names = {
        "esbuild-cjs": "esbuild, `--format=cjs`",
        "esbuild-esm": "esbuild, `--format=esm`",
        "esbuild-esm-require": "esbuild, `--format=esm` with a `require`",
        "webpack": "webpack",
        "rollup": "rollup",
        "vite": "vite, for a server (`build.ssr`)",
        "ncc": "@vercel/ncc",
        "sea": "Node's single executable",
        "bun": "`bun build --compile`",
    }
    assert {name: table[names[name]] for name in BUNDLERS} == {
        name: (outside == WORKS, inside == WORKS) for name, (outside, inside) in BUNDLERS.items()
    }

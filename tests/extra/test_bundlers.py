"""A program with drivebell in it, bundled by each bundler: docs/bundlers.md says what works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from npm_programs import FOLDER, installed, node
from npm_registry import host_triple, native_file, pack, platform_of_this_machine, unpack

from simulator import REPOSITORY, TOKEN, Simulator

ADDON = "drivebell.node"
"""What the tests name the addon where `DRIVEBELL_ADDON` names it."""
GUIDE = "docs/bundlers.md"
PUBLISHED_GUIDE = "https://drivebell.github.io/drivebell/bundlers/"

WORKS = "there root\nend\n"
ADVICE = "keep drivebell external there"
NOT_FOUND = "Cannot find package 'drivebell'"
CANNOT = "cannot read the addon"

BUNDLERS = {
    "esbuild-cjs": (WORKS, WORKS, WORKS),
    "esbuild-esm": (WORKS, ADVICE, ADVICE),
    "esbuild-esm-require": (WORKS, WORKS, WORKS),
    "webpack": (WORKS, WORKS, CANNOT),
    "rollup": (WORKS, NOT_FOUND, NOT_FOUND),
    "vite": (WORKS, WORKS, CANNOT),
    "ncc": (WORKS, WORKS, WORKS),
    "sea": (WORKS, WORKS, ADVICE),
    "bun": (NOT_FOUND, WORKS, WORKS),
}
"""What the program prints with drivebell outside of the bundle; with drivebell in it, and its addon
outside; and with both in it."""

ALONE = {"sea", "bun"}
"""They make executables, which find no packages."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder `node_modules` as npm makes it of what would be published."""
    tarballs = tmp_path_factory.mktemp("tarballs")
    modules = tmp_path_factory.mktemp("installed") / "node_modules"
    platform = ("platform", host_triple(), native_file("drivebell"))
    for words, name in (
        (("main",), "drivebell"),
        (platform, f"@drivebell/{platform_of_this_machine()}"),
    ):
        unpack(pack("drivebell", *words, tarballs), modules / name)
    return modules


def bundle(bundler: str, folder: Path, where: str, packages: Path) -> Path:
    """Installs drivebell in the folder, bundles the program there, and returns the result."""
    shutil.copytree(packages, folder / "node_modules", copy_function=os.link)
    shutil.copy(FOLDER / "program.mjs", folder)
    (folder / "out").mkdir()
    subprocess.run(
        ["node", FOLDER / "bundle.mjs", bundler, folder, where],
        env=os.environ | {"NODE_OF_THE_EXECUTABLE": str(node(24))},
        check=True,
        stderr=subprocess.PIPE,
        timeout=120,
    )
    return folder / "out"


def move(made: Path, to: Path) -> Path:
    """Nothing of the packages is left where the program runs."""
    out = Path(shutil.move(made, to))
    shutil.rmtree(made.parent)
    return out


def run(out: Path, simulator: Simulator, **environment: str) -> str:
    """Runs what is in the folder, and returns what it prints."""
    executable = out / "program"
    command = [str(executable)]
    if not executable.exists():
        command = ["node", *(str(script) for script in out.glob("program.*js"))]
    # Node gives up on a full pipe, and shows the line that throws: of a bundle, all of it.
    with TemporaryFile("w+", encoding="utf-8") as printed:
        result = subprocess.run(
            command,
            env=os.environ | {"GRAPH_TOKEN": TOKEN, "GRAPH_URL": simulator.base_url} | environment,
            stdout=printed,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=60,
        )
        printed.seek(0)
        output = printed.read()
    assert (result.returncode == 0) == (output == WORKS), output
    return output


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_drivebell_outside_of_the_bundle(
    bundler: str, packages: Path, simulator: Simulator, tmp_path: Path
) -> None:
    out = bundle(bundler, tmp_path, "external", packages)
    assert BUNDLERS[bundler][0] in run(out, simulator)


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_drivebell_in_the_bundle_and_its_addon_outside(
    bundler: str, packages: Path, simulator: Simulator, tmp_path: Path
) -> None:
    expected = BUNDLERS[bundler][1]
    out = move(bundle(bundler, tmp_path / "made", "inside", packages), tmp_path / "moved")
    addon = shutil.copy(native_file("drivebell"), out / ADDON)
    assert expected in run(out, simulator, DRIVEBELL_ADDON=str(addon))
    alone = run(out, simulator)
    assert (NOT_FOUND if expected == NOT_FOUND else ADVICE) in alone
    assert (PUBLISHED_GUIDE in alone) == (expected != NOT_FOUND)
    if expected == WORKS:
        assert "DRIVEBELL_ADDON must be the absolute path" in run(
            out, simulator, DRIVEBELL_ADDON=f"./{ADDON}"
        )
        shutil.copytree(packages / "@drivebell", out / "node_modules/@drivebell")
        assert (run(out, simulator) == WORKS) == (bundler not in ALONE)


@pytest.mark.parametrize("bundler", BUNDLERS)
def test_drivebell_and_its_addon_in_the_bundle(
    bundler: str, packages: Path, simulator: Simulator, tmp_path: Path
) -> None:
    expected = BUNDLERS[bundler][2]
    if expected == CANNOT:
        with pytest.raises(subprocess.CalledProcessError) as raised:
            bundle(bundler, tmp_path, "whole", packages)
        assert native_file("drivebell").name.encode() in raised.value.stderr
        return
    out = move(bundle(bundler, tmp_path / "made", "whole", packages), tmp_path / "moved")
    assert expected in run(out, simulator)


def test_the_guide_has_a_row_for_each_bundler() -> None:
    guide = (REPOSITORY / GUIDE).read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", guide, re.MULTILINE)
    table = {name: tuple(cell.startswith("works") for cell in cells) for name, *cells in rows}
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
        name: tuple(cell == WORKS for cell in cells) for name, cells in BUNDLERS.items()
    }


def test_the_guide_has_what_esbuild_says_without_its_options(
    packages: Path, tmp_path: Path
) -> None:
    shutil.copytree(packages, tmp_path / "node_modules", copy_function=os.link)
    shutil.copy(FOLDER / "program.mjs", tmp_path)
    command = [str(installed(".bin/esbuild")), "program.mjs", "--bundle", "--platform=node"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    said = 'No loader is configured for ".node" files'
    assert said in result.stderr
    assert said in (REPOSITORY / GUIDE).read_text(encoding="utf-8")

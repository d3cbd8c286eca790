"""The Node package as projects of its users see it: packed, installed, in every TypeScript that is
supported, and in the assertions of jest and vitest."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from simulator import REPOSITORY

CONSUMERS = Path(__file__).parent / "consumers"
INSTALLED = CONSUMERS / "node_modules"
DEPENDENCIES: dict[str, str] = json.loads((CONSUMERS / "package.json").read_text())[
    "devDependencies"
]
TYPESCRIPTS = [
    name.removeprefix("typescript-") for name in DEPENDENCIES if name.startswith("typescript-")
]
NODE_TYPES = ["20", "22", "24", "26"]
# The newest types of Node need it themselves.
NEEDED_BY_NODE_TYPES = "5.6"

STRICT: dict[str, Any] = {
    "target": "es2022",
    "strict": True,
    "noUncheckedIndexedAccess": True,
    "exactOptionalPropertyTypes": True,
    "noPropertyAccessFromIndexSignature": False,
    "noImplicitOverride": True,
    "noImplicitReturns": True,
    "skipLibCheck": False,
    "noEmit": True,
    "types": ["node"],
}
NODENEXT = {"module": "nodenext"}
BUNDLER = {"module": "esnext", "moduleResolution": "bundler"}
COMMONJS = {"module": "commonjs", "moduleResolution": "node10"}

PROGRAM = """
import { Client, Resource } from 'drivebell'

export async function follow(credential: string): Promise<string[]> {
  await using client = new Client({ credential })
  const names: string[] = []
  for await (const { items } of client.changes(Resource.myDrive(), { since: 'start' })) {
    names.push(...items.map((item) => item.name ?? item.id))
  }
  return names
}
"""
TESTING_PROGRAM = """
import { type Fault, type Item, startSimulator } from 'drivebell/testing'

export async function upload(): Promise<Item> {
  await using simulator = await startSimulator({ options: ['--drive', 'b!x'] })
  const fault: Fault = await simulator.fault('answer', { status: 503, on: 'graph', times: 1 })
  await fault.release()
  return simulator.upload('/a', 'content', { drive: 'b!x' })
}
"""
COMMONJS_PROGRAM = """
import drivebell = require('drivebell')

export const drive: drivebell.Resource<'drive'> = drivebell.Resource.myDrive()
"""


def version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as npm installs it."""
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(
        ["node", REPOSITORY / "bindings-node/scripts/pack.mjs", "main", folder],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    [packed] = folder.glob("*.tgz")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def project(folder: Path, package: Path, options: dict[str, Any], node_types: str) -> Path:
    modules = folder / "node_modules"
    (modules / "@types").mkdir(parents=True)
    shutil.copytree(package, modules / "drivebell")
    (modules / "@types" / "node").symlink_to(INSTALLED / f"node-types-{node_types}")
    (modules / "@azure").symlink_to(INSTALLED / "@azure")
    (folder / "package.json").write_text('{ "private": true }')
    settings = {"compilerOptions": STRICT | options, "include": ["*"]}
    (folder / "tsconfig.json").write_text(json.dumps(settings))
    return folder


def diagnostics(typescript: str, folder: Path) -> str:
    compiler = INSTALLED / f"typescript-{typescript}" / "bin" / "tsc"
    result = subprocess.run(
        ["node", str(compiler), "--project", str(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0 or result.stdout, result.stderr
    return result.stdout


def test_the_readme_names_the_oldest_typescript() -> None:
    readme = (REPOSITORY / "bindings-node" / "README.md").read_text()
    assert re.findall(r"TypeScript (\d+\.\d+)", readme)[0] == min(TYPESCRIPTS, key=version)
    bindings = json.loads((REPOSITORY / "bindings-node" / "package.json").read_text())
    assert (
        DEPENDENCIES["typescript-7.0"]
        == f"npm:typescript@{bindings['devDependencies']['typescript']}"
    )


@pytest.mark.parametrize("typescript", TYPESCRIPTS)
def test_the_types_are_right_in_every_typescript(
    typescript: str, package: Path, tmp_path: Path
) -> None:
    is_old = version(typescript) < version(NEEDED_BY_NODE_TYPES)
    node_types = NODE_TYPES[0] if is_old else NODE_TYPES[-1]
    folder = project(tmp_path / "project", package, NODENEXT, node_types)
    shutil.copy(REPOSITORY / "tests/node/types.test.mts", folder)
    (folder / "common.cts").write_text(COMMONJS_PROGRAM)
    (folder / "testing.mts").write_text(TESTING_PROGRAM)
    assert diagnostics(typescript, folder) == ""


@pytest.mark.parametrize("node_types", NODE_TYPES)
def test_the_types_are_right_with_the_types_of_every_node(
    node_types: str, package: Path, tmp_path: Path
) -> None:
    folder = project(tmp_path / "project", package, NODENEXT, node_types)
    shutil.copy(REPOSITORY / "tests/node/types.test.mts", folder)
    assert diagnostics(TYPESCRIPTS[-1], folder) == ""


@pytest.mark.parametrize("typescript", [TYPESCRIPTS[0], TYPESCRIPTS[-1]])
def test_the_types_are_right_for_bundlers(typescript: str, package: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", package, BUNDLER, "20")
    (folder / "program.ts").write_text(PROGRAM)
    assert diagnostics(typescript, folder) == ""


# TypeScript 7 has no more `node10`.
@pytest.mark.parametrize("typescript", [TYPESCRIPTS[0], "5.9"])
def test_the_types_are_right_in_commonjs(typescript: str, package: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", package, COMMONJS, "20")
    (folder / "program.ts").write_text(PROGRAM)
    (folder / "common.ts").write_text(COMMONJS_PROGRAM)
    (folder / "testing.ts").write_text(TESTING_PROGRAM)
    assert diagnostics(typescript, folder) == ""


def test_a_wrong_program_is_found(package: Path, tmp_path: Path) -> None:
    folder = project(tmp_path / "project", package, NODENEXT, "20")
    (folder / "program.mts").write_text(PROGRAM.replace("item.name ??", "item.nam ??"))
    assert "'nam' does not exist" in diagnostics(TYPESCRIPTS[-1], folder)


@pytest.mark.parametrize("framework", ["jest", "vitest"])
def test_values_are_values_for_jest_and_vitest(framework: str, tmp_path: Path) -> None:
    modules = tmp_path / "node_modules"
    modules.mkdir()
    for name in ("@vitest", "chai", "expect"):
        (modules / name).symlink_to(INSTALLED / name)
    (modules / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    program = tmp_path / "equality.mjs"
    shutil.copy(CONSUMERS / "equality.mjs", program)
    result = subprocess.run(
        ["node", program, framework], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert result.stdout == "ok\n", result.stderr

"""The packages of npm as users install them: from a registry, and from files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from npm_programs import FOLDER, installed, node
from npm_registry import (
    PACKERS,
    Registry,
    host_triple,
    manifest,
    native_file,
    pack_all,
    platform_of_this_machine,
)

from simulator import REPOSITORY, TOKEN, Simulator
from supply.npm_packages import targets

VERSION = json.loads((REPOSITORY / "bindings-node/package.json").read_text())["version"]
HERE = platform_of_this_machine()
NOTIFIED = "changed /me/drive/root\n" * 3 + "there root\nend\n"
OTHER_C_LIBRARY = {"gnu": "musl", "musl": "glibc"}[HERE.rpartition("-")[2]]


def run(
    command: Sequence[str | Path], folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=240,
    )


def succeed(command: Sequence[str | Path], folder: Path, **environment: str) -> str:
    result = run(command, folder, **environment)
    assert result.returncode == 0, result.stdout
    return result.stdout


def project(folder: Path) -> Path:
    """An empty one."""
    folder.mkdir(exist_ok=True)
    (folder / "package.json").write_text('{ "private": true, "type": "module" }')
    shutil.copy(FOLDER / "notifications.mjs", folder)
    return folder


def npm(folder: Path, registry: Registry, *words: str) -> str:
    options = ("--no-audit", "--no-fund", "--registry", registry.url)
    return succeed(["npm", *words, *options, "--cache", folder / "cache"], folder)


def modules(folder: Path) -> list[str]:
    """What is installed of the packages of platforms."""
    return sorted(path.name for path in (folder / "node_modules/@drivebell").iterdir())


@dataclass
class InstalledSimulator(Simulator):
    """The simulator that the package brings."""

    folder: Path = Path()

    def command(self) -> list[str]:
        program = str(self.folder / "node_modules/.bin/drivebell-simulator")
        return [program, *super().command()[1:]]


@pytest.fixture(scope="module")
def tarballs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The packages that this checkout would publish."""
    return pack_all(tmp_path_factory.mktemp("tarballs"))


@pytest.fixture(scope="module")
def registry(tarballs: list[Path]) -> Iterator[Registry]:
    with Registry(tarballs) as running:
        yield running


@pytest.fixture(scope="module")
def home(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project into which npm has installed both packages."""
    folder = project(tmp_path_factory.mktemp("home"))
    npm(folder, registry, "install", "drivebell", "drivebell-simulator")
    return folder


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[dict[str, str]]:
    with InstalledSimulator(folder=home) as simulator:
        yield {"GRAPH_TOKEN": TOKEN, "GRAPH_URL": simulator.base_url}


def test_npm_installs_the_packages_of_this_platform_alone(home: Path, registry: Registry) -> None:
    assert modules(home) == [HERE, f"simulator-{HERE}"]
    fetched = [name for name in registry.asked if name.startswith("drivebell-linux-")]
    assert fetched == [f"drivebell-{HERE}-{VERSION}.tgz"]


@pytest.mark.parametrize("version", [20, 22, 24])
def test_node_is_notified(version: int, home: Path, service: dict[str, str]) -> None:
    # Node 20 runs the tests of the whole package.
    program = "node" if version == 20 else node(version)
    assert succeed([program, "notifications.mjs"], home, **service) == NOTIFIED


def test_a_program_with_require_starts_the_simulator(home: Path) -> None:
    (home / "testing.cjs").write_text(
        "const { Client, Resource } = require('drivebell')\n"
        "const { startSimulator } = require('drivebell/testing')\n"
        "startSimulator().then(async (simulator) => {\n"
        "  const client = simulator.client()\n"
        "  await client.subscribe(Resource.myDrive())\n"
        "  await client.close()\n"
        "  await simulator.close()\n"
        "  console.log('end')\n"
        "})\n"
    )
    assert succeed(["node", "testing.cjs"], home) == "end\n"


def test_the_commands(home: Path, service: dict[str, str]) -> None:
    assert succeed(["npx", "--offline", "drivebell", "--version"], home) == f"drivebell {VERSION}\n"
    printed = succeed(["npx", "--offline", "drivebell-simulator", "--version"], home)
    assert printed == f"drivebell-simulator {VERSION}\n"
    options = ["--base-url", service["GRAPH_URL"]]
    printed = succeed(
        ["npx", "--offline", "drivebell", "endpoint", "/me/drive", *options],
        home,
        DRIVEBELL_TOKEN=TOKEN,
    )
    assert json.loads(printed)["type"] == "endpoint"


def test_pnpm_installs_and_node_is_notified(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    options = ["--registry", registry.url, "--store-dir", str(tmp_path / "store")]
    succeed([installed(".bin/pnpm"), "add", *options, "drivebell"], folder)
    linked = (folder / "node_modules/.pnpm").glob("@drivebell*")
    assert [path.name for path in linked] == [f"@drivebell+{HERE}@{VERSION}"]
    assert succeed(["node", "notifications.mjs"], folder, **service) == NOTIFIED


def test_old_yarn_installs_and_node_is_notified(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    """It installs the packages of both C libraries."""
    folder = project(tmp_path / "project")
    options = ["--registry", registry.url, "--cache-folder", str(tmp_path / "cache")]
    succeed(["node", installed("yarn/bin/yarn.js"), "add", *options, "drivebell"], folder)
    assert HERE in modules(folder)
    assert succeed(["node", "notifications.mjs"], folder, **service) == NOTIFIED


def test_yarn_installs_without_node_modules_and_is_notified(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    (folder / "yarn.lock").touch()
    (folder / ".yarnrc.yml").write_text(
        f"npmRegistryServer: {registry.url}\n"
        "unsafeHttpWhitelist: ['127.0.0.1']\n"
        "npmMinimalAgeGate: 0\n"
        "enableTelemetry: false\n"
        f"globalFolder: {tmp_path / 'yarn'}\n"
    )
    yarn: list[str | Path] = ["node", installed("@yarnpkg/cli-dist/bin/yarn.js")]
    succeed([*yarn, "add", "drivebell"], folder)
    assert not (folder / "node_modules").exists()
    printed = succeed([*yarn, "node", "notifications.mjs"], folder, **service)
    # Node warns of what Yarn makes it do.
    assert printed.endswith(NOTIFIED)
    assert succeed([*yarn, "drivebell", "--version"], folder) == f"drivebell {VERSION}\n"


def test_bun_installs_and_is_notified(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    folder = project(tmp_path / "project")
    bun = installed(".bin/bun")
    environment = {"BUN_CONFIG_REGISTRY": registry.url, "BUN_INSTALL_CACHE_DIR": str(tmp_path)}
    succeed([bun, "add", "drivebell"], folder, **environment)
    assert modules(folder) == [HERE]
    assert succeed([bun, "run", "notifications.mjs"], folder, **service) == NOTIFIED


def test_deno_installs_and_is_notified(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    """Deno installs the packages of both C libraries."""
    folder = project(tmp_path / "project")
    deno = installed(".bin/deno")
    environment = {"NPM_CONFIG_REGISTRY": registry.url, "DENO_DIR": str(tmp_path / "deno")}
    succeed([deno, "add", "npm:drivebell"], folder, **environment)
    allowed = [f"--allow-{name}" for name in ("ffi", "read", "env", "net")]
    command: list[str | Path] = [deno, "run", "--no-prompt", *allowed, "notifications.mjs"]
    assert succeed(command, folder, **environment, **service) == NOTIFIED


def test_npm_installs_from_files_without_a_network(
    tarballs: list[Path], service: dict[str, str], tmp_path: Path
) -> None:
    folder = project(tmp_path)
    names = ("drivebell", f"drivebell-{HERE}")
    files = [path for path in tarballs if path.name in {f"{name}-{VERSION}.tgz" for name in names}]
    cache = folder / "cache"
    succeed(["npm", "install", "--offline", "--cache", cache, *files], folder)
    assert succeed(["node", "notifications.mjs"], folder, **service) == NOTIFIED


def test_what_was_installed_for_the_other_c_library(registry: Registry, tmp_path: Path) -> None:
    folder = project(tmp_path)
    words = ("--libc", OTHER_C_LIBRARY, "drivebell", "drivebell-simulator")
    npm(folder, registry, "install", *words)
    other = {"musl": "musl", "glibc": "gnu"}[OTHER_C_LIBRARY]
    assert [name.rpartition("-")[2] for name in modules(folder)] == [other, other]
    for command in (["node", "notifications.mjs"], ["npx", "--offline", "drivebell", "--version"]):
        said = run(list(command), folder).stdout
        assert f"@drivebell/{HERE} is not installed, but" in said
        assert f"node_modules comes from a system with {OTHER_C_LIBRARY}" in said
    result = run(["npx", "--offline", "drivebell-simulator", "--version"], folder)
    assert result.returncode == 1
    assert re.fullmatch(
        rf"drivebell-simulator: .*@drivebell/simulator-{HERE} is not installed, but .*\n",
        result.stdout,
    )


def test_npm_installs_for_another_platform(registry: Registry, tmp_path: Path) -> None:
    folder = project(tmp_path)
    npm(folder, registry, "install", "drivebell")
    guide = (REPOSITORY / "docs/bundlers.md").read_text(encoding="utf-8")
    (words,) = re.findall(r"^npm (ci .*--libc.*)$", guide, re.MULTILINE)
    npm(folder, registry, *words.split())
    assert modules(folder) == ["linux-arm64-gnu"]


def test_what_was_installed_without_optional_dependencies(
    registry: Registry, service: dict[str, str], tmp_path: Path
) -> None:
    folder = project(tmp_path)
    npm(folder, registry, "install", "--omit=optional", "drivebell", "drivebell-simulator")
    advice = "npm install --include=optional"
    said = run(["node", "notifications.mjs"], folder).stdout
    assert "code: 'ERR_DRIVEBELL_ADDON'" in said
    assert advice in said
    assert advice in run(["npx", "--offline", "drivebell-simulator", "--version"], folder).stdout
    npm(folder, registry, "install", "--include=optional")
    assert succeed(["node", "notifications.mjs"], folder, **service) == NOTIFIED


def test_what_is_not_there_for_a_platform(home: Path) -> None:
    script = (
        "Object.defineProperty(process, 'platform', { value: 'freebsd' });"
        "try { require('drivebell-simulator').program() } catch (error) { console.log(error) }"
    )
    said = succeed(["node", "-e", script], home)
    assert "there is no drivebell-simulator for freebsd-x64, but for linux-x64-gnu, " in said
    assert "DRIVEBELL_SIMULATOR" in said
    assert "code: 'ERR_DRIVEBELL_SIMULATOR'" in said


def test_an_older_node(home: Path) -> None:
    sentence = r"drivebell needs Node >= 20, and this is Node 18\.\d+\.\d+: install a newer one"
    old = node(18)
    (home / "old.cjs").write_text("require('drivebell')\n")
    for program in ("notifications.mjs", "old.cjs"):
        result = run([old, program], home)
        assert result.returncode != 0
        assert re.search(f"^Error: {sentence}", result.stdout, re.MULTILINE), result.stdout
    result = run([old, "node_modules/drivebell/dist/command-line.js", "--version"], home)
    assert result.returncode == 1
    assert re.match(f"drivebell: {sentence}", result.stdout)


def test_a_package_of_each_platform(tarballs: list[Path]) -> None:
    manifests = {described["name"]: described for described in map(manifest, tarballs)}
    assert len(manifests) == 2 * (1 + len(targets(REPOSITORY)))
    for package, prefix in (
        ("drivebell", "@drivebell/"),
        ("drivebell-simulator", "@drivebell/simulator-"),
    ):
        main = manifests.pop(package)
        assert not main.keys() & {"scripts", "devDependencies", "overrides", "napi"}
        assert set(main["optionalDependencies"].values()) == {VERSION}
        assert len(main["optionalDependencies"]) == len(targets(REPOSITORY))
        for name in main["optionalDependencies"]:
            described = manifests.pop(name)
            os_, cpu, *abi = name.removeprefix(prefix).split("-")
            assert (described["os"], described["cpu"]) == ([os_], [cpu])
            expected = {"gnu": ["glibc"], "gnueabihf": ["glibc"], "musl": ["musl"]}
            assert described.get("libc") == expected.get("".join(abi))
            assert described["version"] == VERSION
            assert described["publishConfig"] == {"access": "public"}
            assert "scripts" not in described
    assert manifests == {}


def test_a_readme_on_npm_has_no_relative_links(tarballs: list[Path]) -> None:
    for tarball in tarballs:
        with tarfile.open(tarball) as archive:
            file = archive.extractfile("package/README.md")
            assert file is not None
            readme = file.read().decode()
        links = re.findall(r"\]\(([^)]+)\)", readme)
        assert links
        relative = [link for link in links if not link.startswith(("https://", "#"))]
        assert relative == [], tarball.name


def test_packing_again_gives_the_same_bytes(tarballs: list[Path], tmp_path: Path) -> None:
    for package, packer in PACKERS.items():
        platform = ["platform", host_triple(), native_file(package)]
        for words in (["main"], platform):
            command: list[str | Path] = ["node", packer, *words, tmp_path]
            packed = Path(succeed(command, tmp_path).strip())
            (before,) = (path for path in tarballs if path.name == packed.name)
            assert packed.read_bytes() == before.read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "usage: pack.mjs main OUTDIR | platform TRIPLE FILE OUTDIR"),
        (["platform", "sparc-unknown-linux-gnu", "x", "."], "is not in napi.targets"),
    ],
)
def test_a_wrong_call_of_the_packer(words: list[str], sentence: str, tmp_path: Path) -> None:
    for packer in PACKERS.values():
        result = run(["node", packer, *words], tmp_path)
        assert result.returncode != 0
        assert sentence in result.stdout

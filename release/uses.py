"""Installs artefacts into empty folders, and uses them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from . import command_line
from .artefacts import Artefacts, Sources
from .machines import Machine
from .runtimes import Runtime
from .use_error import UseError
from .version import version

SMOKE = Path(__file__).parent / "smoke"
SECONDS = 600
"""That a program may take. An emulator is slow, and its machine may be busy."""

SEEN = {
    "notifications": ["changed"] * 3,
    "changes": ["one.txt", "three.txt", "two.txt"],
    "mirror": ["/one.txt", "/three.txt", "/two.txt"],
}
"""What the programs of `smoke` must see."""

OURS = ("DRIVEBELL_", "NODE_OPTIONS", "PYTHON", "VIRTUAL_ENV", "SSL_CERT_", "NODE_EXTRA_CA_CERTS")
"""Variables of this environment that programs must not inherit."""


@dataclass(frozen=True)
class Use:
    """Uses the artefacts of one target on one machine."""

    artefacts: Artefacts
    sources: Sources
    machine: Machine
    folder: Path

    def python(self, runtime: Runtime) -> str:
        """Installs the wheels for a Python, and runs a program. Returns what it has seen."""
        folder = self._empty(runtime.name)
        wheels = folder / "wheels"
        wheels.mkdir()
        for wheel in (*self.artefacts.wheels, self.artefacts.simulator_wheel):
            shutil.copy(wheel, wheels)
        options = ["--no-index", "--find-links", self.machine.seen(wheels), "--no-compile"]
        options += ["--only-binary", ":all:", "--quiet", f"drivebell[testing]=={version()}"]
        if self.machine.pip:
            python, packages = runtime.program, folder / "packages"
            installer = f"{self.machine.seen(self.machine.pip)}/pip"
            target = ["--target", self.machine.seen(packages), "--root-user-action", "ignore"]
            self._run([*self.machine.command(python), installer, "install", *target, *options])
            variables = {"PYTHONPATH": self.machine.seen(packages)}
            # pip has no folder for programs of its own there.
            program = packages / "bin" / self.artefacts.target.program("drivebell-simulator")
        else:
            packages = folder / "environment"
            self._run([str(runtime.program), "-m", "venv", str(packages)])
            scripts = packages / ("Scripts" if os.name == "nt" else "bin")
            python, variables = scripts / f"python{_EXE}", {}
            program = scripts / self.artefacts.target.program("drivebell-simulator")
            self._run([str(python), "-m", "pip", "install", *options])
        (metadata,) = packages.rglob(f"drivebell-{version()}.dist-info/WHEEL")
        tag = _tags(metadata.read_text("utf-8"))
        shutil.copy(SMOKE / "smoke.py", folder)
        if self.machine.is_foreign:
            variables["DRIVEBELL_SIMULATOR"] = str(self.machine.wrapper(program, folder))
        printed = self._run(
            self.machine.command(python, "-W", "error", folder / "smoke.py"), variables
        )
        seen = self._checked(json.loads(printed))
        if seen["free_threaded"] and seen["gil"]:
            raise UseError("importing drivebell turns on the GIL of a free-threaded Python")
        said = self._run(self.machine.command(python, "-m", "drivebell", "--version"), variables)
        self._expect_version(said)
        return tag

    def node(self, runtime: Runtime) -> str:
        """Installs npm's packages, and runs a program. Returns what it has seen."""
        folder = self._empty(runtime.name)
        self._install_for_node(folder)
        shutil.copy(SMOKE / "smoke.mjs", folder)
        variables: dict[str, str] = {}
        package = folder / "node_modules" / _npm_name(self.artefacts.simulator_npm_package)
        program = package / self.artefacts.target.program("drivebell-simulator")
        if self.machine.is_foreign:
            variables["DRIVEBELL_SIMULATOR"] = str(self.machine.wrapper(program, folder))
        output = folder / "seen.json"
        variables["SMOKE_OUTPUT"] = self.machine.seen(output)
        self._run(
            self.machine.command(runtime.program, *runtime.options, folder / "smoke.mjs"),
            variables,
            folder,
        )
        self._checked(json.loads(output.read_text("utf-8")))
        if runtime.name.startswith("node"):
            command_line = folder / "node_modules/drivebell/dist/command-line.js"
            command = self.machine.command(runtime.program, command_line, "--version")
            self._expect_version(self._run(command, variables, folder))
        return self.artefacts.npm_package.name

    def _install_for_node(self, folder: Path) -> None:
        everywhere = [self.sources.npm_package, self.sources.simulator_npm_package]
        here = [self.artefacts.npm_package, self.artefacts.simulator_npm_package]
        optional = {_npm_name(path): f"file:{path}" for path in here}
        manifest = {
            "private": True,
            "dependencies": {_npm_name(path): f"file:{path}" for path in everywhere},
            "optionalDependencies": optional,
        }
        (folder / "package.json").write_text(json.dumps(manifest), encoding="utf-8")
        platform = _manifest(here[0])
        options = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        options += [f"--os={platform['os'][0]}", f"--cpu={platform['cpu'][0]}"]
        options += [f"--libc={libc}" for libc in platform.get("libc", ())]
        npm = shutil.which("npm")
        if npm is None:
            raise UseError("there is no npm in PATH")
        self._run([npm, "install", *options], folder=folder)
        for name in optional:
            if not (folder / "node_modules" / name).is_dir():
                raise UseError(f"npm has not installed {name}")

    def command_line(self) -> str:
        """Unpacks the archive of the command line, and uses that. Returns its size."""
        folder = self._empty("archive")
        program = self._unpacked(self.artefacts.archive, "drivebell", folder)
        simulator = self._unpacked_simulator(folder)
        command_line.use(
            self.machine.command(program), self.machine.command(simulator), self._environment({})
        )
        return _size(self.artefacts.archive)

    def fleet(self) -> str:
        """Unpacks the archive of the fleet, and lets its program read the configuration that comes
        with it. Returns its size."""
        folder = self._empty("fleet-archive")
        program = self._unpacked(self.artefacts.fleet_archive, "drivebell-fleet", folder)
        said = self._run(self.machine.command(program, "--version"))
        self._expect_version(said, "drivebell-fleet")
        settings = program.with_name("fleet.toml")
        command = self.machine.command(program, "check", "--config", settings)
        understood = self._run(command)
        if 'name = "drivebell"' not in understood:
            raise UseError(f"check says {understood!r}")
        return _size(self.artefacts.fleet_archive)

    def _unpacked(self, archive: Path, name: str, folder: Path) -> Path:
        _unpack(archive, folder)
        (top,) = folder.iterdir()
        return top / self.artefacts.target.program(name)

    def _unpacked_simulator(self, folder: Path) -> Path:
        with zipfile.ZipFile(self.artefacts.simulator_wheel) as wheel:
            (name,) = (name for name in wheel.namelist() if "/scripts/" in name)
            program = Path(wheel.extract(name, folder))
        program.chmod(0o755)
        return program

    def _empty(self, name: str) -> Path:
        inside = self.folder if self.machine.root is None else self.machine.root / "work"
        folder = inside / self.artefacts.target.triple / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
        return {**inherited, **self.machine.environment, **variables}

    def _run(
        self,
        command: list[str],
        variables: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> str:
        # Not pipes, which Node under wine cannot write to.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            try:
                code = subprocess.run(
                    command,
                    cwd=folder or self.folder,
                    env=self._environment(variables or {}),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=errors,
                    timeout=SECONDS,
                    check=False,
                ).returncode
            except subprocess.TimeoutExpired:
                code = None
            printed, said = _text(output), _text(errors)
        if code != 0:
            how = "does not end" if code is None else f"ends with {code}"
            raise UseError(f"{' '.join(command)} {how}: {printed[-1000:]}\n{said[-3000:]}")
        return printed

    def _checked(self, seen: dict[str, Any]) -> dict[str, Any]:
        for name, expected in (SEEN | {"version": version()}).items():
            if seen[name] != expected:
                raise UseError(f"{name} is {seen[name]}, and not {expected}")
        return seen

    def _expect_version(self, said: str, name: str = "drivebell") -> None:
        if said.strip() != f"{name} {version()}":
            raise UseError(f"--version says {said!r}")


def _size(file: Path) -> str:
    return f"{file.stat().st_size / 2**20:.1f} MiB"


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


_EXE = ".exe" if os.name == "nt" else ""


def _tags(metadata: str) -> str:
    """The tags of an installed wheel."""
    return " ".join(
        line.removeprefix("Tag: ") for line in metadata.splitlines() if line.startswith("Tag: ")
    )


def _manifest(package: Path) -> dict[str, Any]:
    with tarfile.open(package) as archive:
        file = archive.extractfile("package/package.json")
        assert file is not None
        manifest: dict[str, Any] = json.load(io.TextIOWrapper(file, "utf-8"))
    return manifest


def _npm_name(package: Path) -> str:
    return str(_manifest(package)["name"])


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(folder)
        return
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")

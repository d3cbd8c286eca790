"""The archive of the command line, and what its README says to do with it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest
from test_readme import code_blocks

from release.archive import COMMAND_LINE, FLEET, BadInputError, Program, main, pack
from release.version import version
from simulator import REPOSITORY, TOKEN, Simulator
from supply import artefacts

LINUX = "x86_64-unknown-linux-gnu"
WINDOWS = "aarch64-pc-windows-msvc"
MAGIC = {LINUX: b"\x7fELF", WINDOWS: b"MZ", "aarch64-apple-darwin": b"\xcf\xfa\xed\xfe"}
EPOCH = 1_790_000_000


def program(folder: Path, target: str) -> Path:
    path = folder / "program"
    path.write_bytes(MAGIC[target] + b" with nothing that follows")
    return path


@pytest.mark.parametrize("of", [COMMAND_LINE, FLEET], ids=lambda of: of.name)
@pytest.mark.parametrize("target", MAGIC)
def test_an_archive_is_complete_and_always_the_same(
    target: str, of: Program, tmp_path: Path
) -> None:
    built = program(tmp_path, target)
    archives = [pack(target, built, tmp_path / folder, EPOCH, of) for folder in ("a", "b")]
    first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in archives)
    assert first == second
    assert list(artefacts.problems(archives[0])) == []


@pytest.mark.parametrize("of", [COMMAND_LINE, FLEET], ids=lambda of: of.name)
def test_an_archive_of_linux_has_one_folder_without_an_owner(of: Program, tmp_path: Path) -> None:
    with tarfile.open(pack(LINUX, program(tmp_path, LINUX), tmp_path, EPOCH, of)) as archive:
        members = archive.getmembers()
    folder = f"{of.name}-{version()}-{LINUX}"
    assert {member.name.split("/")[0] for member in members} == {folder}
    assert {(member.uid, member.gid, member.uname, member.mtime) for member in members} == {
        (0, 0, "", EPOCH)
    }
    programs = [member.name for member in members if member.mode & 0o111]
    assert programs == [f"{folder}/{of.name}"]
    pages = {f"{folder}/man/{page.name}" for page in (REPOSITORY / of.folder / "man").iterdir()}
    assert pages <= {member.name for member in members}


def test_an_archive_of_windows_is_a_zip(tmp_path: Path) -> None:
    path = pack(WINDOWS, program(tmp_path, WINDOWS), tmp_path, EPOCH)
    assert path.name == f"drivebell-{version()}-{WINDOWS}.zip"
    with zipfile.ZipFile(path) as archive:
        assert f"{path.stem}/drivebell.exe" in archive.namelist()


def test_a_program_of_another_platform_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no program for x86_64-unknown-linux-gnu"):
        pack(LINUX, program(tmp_path, WINDOWS), tmp_path, EPOCH)
    with pytest.raises(BadInputError, match="build it first"):
        pack(LINUX, tmp_path / "nothing", tmp_path, EPOCH)
    with pytest.raises(BadInputError, match="neither Linux nor macOS nor Windows"):
        pack("wasm32-unknown-unknown", program(tmp_path, LINUX), tmp_path, EPOCH)


def test_the_time_of_the_files_must_be_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "now")
    built = program(tmp_path, LINUX)
    with pytest.raises(SystemExit, match="SOURCE_DATE_EPOCH must be the seconds"):
        main(["--target", LINUX, "--program", str(built), "--out", str(tmp_path)])
    assert not list(tmp_path.glob("*.tar.gz"))


README = "cli/README.md"
USING, INSTALLING = code_blocks(README, (REPOSITORY / README).read_text(encoding="utf-8"))


def test_the_archive_is_installed_as_its_readme_says(tmp_path: Path) -> None:
    with tarfile.open(pack(LINUX, program(tmp_path, LINUX), tmp_path, EPOCH)) as archive:
        archive.extractall(tmp_path, filter="data")
    local = tmp_path / "local"
    (local / "bin").mkdir(parents=True)
    script = INSTALLING.code.replace("sudo ", "").replace("/usr/local", str(local))
    folder = tmp_path / f"drivebell-{version()}-{LINUX}"
    subprocess.run(["sh", "-euc", script], cwd=folder, check=True)
    assert os.access(local / "bin/drivebell", os.X_OK)
    assert (local / "share/man/man1/drivebell-watch.1").exists()


# What each command of the README prints first, on the simulator.
PRINTED = {
    "login": "Sign in with a code",
    "doctor": f"drivebell {version()} doctor",
    "watch": '"event":"connected"',
    "changes": '{"type":"checkpoint"',
    "mirror": '{"type":"change"',
}


@pytest.mark.parametrize("line", USING.code.splitlines(), ids=lambda line: line.split()[1])
def test_a_command_of_the_readme_does_what_it_says(line: str, tmp_path: Path) -> None:
    command, _, _ = line.partition("#")
    name = command.split()[1]
    with Simulator(("--seed", "b!me=5")) as simulator:
        # Nobody is there to sign in.
        last = "--help" if name == "login" else f"--base-url {simulator.base_url}"
        process = subprocess.Popen(
            ["bash", "-euc", f"exec {command} {last}"],
            cwd=tmp_path,
            env={
                "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
                "DRIVEBELL_TOKEN": TOKEN,
                "CLIENT_ID": "9b8ddd7d-3c4b-4f0a-8c1f-5a8f3f8f2a11",
            },
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        try:
            assert process.stdout is not None
            # The others follow until they are stopped.
            assert PRINTED[name] in process.stdout.readline()
        finally:
            process.kill()
            process.communicate()

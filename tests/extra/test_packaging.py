"""What is in packaging: systemd accepts the units, their commands work, and the archives exist."""

from __future__ import annotations

import asyncio
import configparser
import os
import re
import shlex
import subprocess
import sysconfig
from pathlib import Path

import pytest
from deadline import DEADLINE, eventually
from installed import program

from release.archive import pack
from release.version import version
from simulator import REPOSITORY, TOKEN, Simulator

UNIT = REPOSITORY / "packaging/drivebell.service"
FLEET_UNIT = REPOSITORY / "packaging/drivebell-fleet@.service"
DRIVEBELL = f"{sysconfig.get_path('scripts')}/drivebell"
LOGIN = '{"version": 1}'


def service(key: str) -> str:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    # Its keys have upper case.
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(UNIT, encoding="utf-8")
    return unit["Service"][key]


def installed_unit(source: Path, folder: Path) -> Path:
    """With programs that exist here: systemd looks at them."""
    text = source.read_text(encoding="utf-8")
    for name in ("drivebell-fleet", "drivebell"):
        text = text.replace(f"/usr/local/bin/{name} ", f"{DRIVEBELL} ")
    unit = folder / source.name.replace("@.", "@eu.")
    unit.write_text(text, encoding="utf-8")
    return unit


@pytest.mark.parametrize("source", [UNIT, FLEET_UNIT], ids=lambda unit: unit.name)
def test_systemd_accepts_the_unit(source: Path, tmp_path: Path) -> None:
    unit = str(installed_unit(source, tmp_path))
    command = [program("systemd-analyze"), "verify", "--man=no", unit]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DEADLINE)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("source", [UNIT, FLEET_UNIT], ids=lambda unit: unit.name)
def test_the_unit_exposes_little(source: Path, tmp_path: Path) -> None:
    unit = str(installed_unit(source, tmp_path))
    command = [program("systemd-analyze"), "security", "--offline=true", "--no-pager", unit]
    text = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=False, timeout=DEADLINE
    ).stdout
    level = re.search(r"exposure level .*: ([0-9.]+)", text)
    assert level is not None, text
    # Out of ten. What remains is the network.
    assert float(level[1]) <= 1.5


def test_the_first_start_takes_the_login_and_later_ones_keep_it(tmp_path: Path) -> None:
    credentials, state = tmp_path / "credentials", tmp_path / "state"
    for folder in (credentials, state):
        folder.mkdir()
    (credentials / "login.json").write_text(LOGIN)
    command = shlex.split(service("ExecStartPre"))
    environment = {"PATH": os.environ["PATH"], "CREDENTIALS_DIRECTORY": str(credentials)}
    subprocess.run(command, cwd=state, env=environment, check=True)
    taken = state / "login.json"
    assert (taken.read_text(), taken.stat().st_mode & 0o777) == (LOGIN, 0o600)
    taken.write_text("renewed")
    subprocess.run(command, cwd=state, env=environment, check=True)
    assert taken.read_text() == "renewed"


async def test_the_unit_runs_its_command_for_what_changes(tmp_path: Path) -> None:
    changes = tmp_path / "changes"
    handler = tmp_path / "on-drive-change"
    handler.write_text("#!/bin/sh\ncat >> changes\n")
    handler.chmod(0o755)
    command = service("ExecStart").replace("/usr/local/bin/drivebell", DRIVEBELL)
    command = command.replace("/usr/local/bin/on-drive-change", str(handler))
    with Simulator(("--seed", "b!me=5")) as simulator:
        process = await asyncio.create_subprocess_exec(
            *(*shlex.split(command), "--base-url", simulator.base_url),
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "DRIVEBELL_TOKEN": TOKEN},
        )
        try:
            await eventually(
                lambda: changes.exists() and changes.read_text().count('"type":"change"') >= 5
            )
        finally:
            process.kill()
            await process.wait()


def test_the_image_takes_archives_that_releases_have(tmp_path: Path) -> None:
    dockerfile = (REPOSITORY / "packaging/Dockerfile").read_text(encoding="utf-8")
    names = re.findall(r"^ADD (\S+) /$", dockerfile, re.MULTILINE)
    (tmp_path / "program").write_bytes(b"\x7fELF")
    packed = {
        pack(f"{processor}-unknown-linux-musl", tmp_path / "program", tmp_path, 0).name
        for processor in ("x86_64", "aarch64")
    }
    assert {name.replace("${VERSION}", version()) for name in names} == packed

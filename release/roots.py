"""Folders with the Debian of another processor or another release, which nobody installs.

apt resolves and downloads the packages as if for an empty machine, and their files are unpacked.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MIRROR = "http://deb.debian.org/debian"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

MERGED = ("bin", "lib", "lib64", "sbin")
"""Links into usr/, which the base system has before any package."""


class NoRootError(Exception):
    """apt cannot get the packages."""


@dataclass(frozen=True)
class Root:
    suite: str
    architecture: str
    packages: tuple[str, ...]
    kind: str | None = None
    """Distinguishes roots of the same suite and architecture."""

    @property
    def name(self) -> str:
        name = f"{self.suite}-{self.architecture}"
        return name if self.kind is None else f"{name}-{self.kind}"

    def make(self, folder: Path) -> Path:
        """Unpacks it into a folder of its name there, unless it is there, and returns that.

        Raises `NoRootError` if apt cannot get the packages.
        """
        root = folder / self.name
        ready = folder / f"{self.name}.ready"
        if ready.is_file() and ready.read_text("utf-8") == repr(self):
            return root
        shutil.rmtree(root, ignore_errors=True)
        for name in MERGED:
            (root / "usr" / name).mkdir(parents=True, exist_ok=True)
            (root / name).symlink_to(f"usr/{name}")
        for name in ("proc", "tmp", "dev"):
            (root / name).mkdir()
        apt = folder / f"{self.name}.apt"
        for package in self._download(apt):
            subprocess.run(["dpkg-deb", "--extract", str(package), str(root)], check=True)
        _gather_certificates(root)
        shutil.rmtree(apt)
        ready.write_text(repr(self), encoding="utf-8")
        return root

    def _download(self, apt: Path) -> list[Path]:
        for part in ("lists/partial", "cache/archives/partial"):
            (apt / part).mkdir(parents=True, exist_ok=True)
        (apt / "status").touch()
        (apt / "sources.list").write_text(
            f"deb [signed-by={KEYRING}] {MIRROR} {self.suite} main\n", encoding="utf-8"
        )
        settings = {
            "APT::Architecture": self.architecture,
            "APT::Architectures": self.architecture,
            "APT::Install-Recommends": "false",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Dir::Cache": str(apt / "cache"),
            "Dir::Etc::sourcelist": str(apt / "sources.list"),
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "Dir::State": str(apt),
            "Dir::State::status": str(apt / "status"),
            "Debug::NoLocking": "true",
        }
        options = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
        self._apt([*options, "update"])
        self._apt([*options, "install", "--yes", "--download-only", *self.packages])
        return sorted((apt / "cache/archives").glob("*.deb"))

    def _apt(self, arguments: Sequence[str]) -> None:
        done = subprocess.run(
            ["apt-get", "--quiet=2", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NoRootError(done.stderr.strip().partition("\n")[0])


def _gather_certificates(root: Path) -> None:
    """Does what the scripts of the package ca-certificates would do."""
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    if certificates := sorted(root.glob("usr/share/ca-certificates/**/*.crt")):
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_bytes(b"".join(file.read_bytes() for file in certificates))

"""Packs the command line or the fleet: `python -m release.archive --target TRIPLE --program PATH`.

The archive is the same for the same program and SOURCE_DATE_EPOCH, which is the time of its files.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supply.crates import REPOSITORY
from supply.packages import NOTICES

from .version import version


@dataclass(frozen=True)
class Program:
    """A program that has an archive. `folder` is that of its crate."""

    name: str
    crate: str
    folder: str
    others: tuple[str, ...] = ()
    """Files of the repository that the archive has too, under their own names."""

    def files(self) -> Iterator[tuple[str, Path]]:
        """What is packed beside the program, by the names in the archive."""
        bill = f"{self.crate}.cdx.json"
        for name, source in {
            "LICENSE-APACHE": "LICENSE-APACHE",
            "LICENSE-MIT": "LICENSE-MIT",
            "README.md": f"{self.folder}/README.md",
            "THIRD-PARTY-NOTICES": NOTICES[self.crate],
            bill: f"{self.folder}/{bill}",
            **{Path(other).name: other for other in self.others},
        }.items():
            yield name, REPOSITORY / source
        for pages in ("completions", "man"):
            for page in (REPOSITORY / self.folder / pages).iterdir():
                yield f"{pages}/{page.name}", page


COMMAND_LINE = Program("drivebell", "drivebell-cli", "cli")
FLEET = Program("drivebell-fleet", "drivebell-fleet", "fleet", ("packaging/fleet.toml",))
PROGRAMS = {program.name: program for program in (COMMAND_LINE, FLEET)}
# The first time that a zip archive can say.
YEAR_1980 = 315532800


class BadInputError(ValueError):
    """The archive cannot be made of what was given."""


def pack(
    target: str, built: Path, out: Path, modified_at: int, program: Program = COMMAND_LINE
) -> Path:
    """Writes the archive of what was built into the folder `out`, and returns its path.

    Raises `BadInputError` if the program does not exist, or is not of this platform.
    """
    content = _read(built, target)
    is_windows = "-windows-" in target
    name = f"{program.name}-{version()}-{target}"
    files = {f"{program.name}.exe" if is_windows else program.name: content}
    files |= {to: source.read_bytes() for to, source in program.files()}
    named = {f"{name}/{path}": files[path] for path in sorted(files)}
    out.mkdir(parents=True, exist_ok=True)
    archive = out / f"{name}{'.zip' if is_windows else '.tar.gz'}"
    archive.write_bytes((_zip if is_windows else _tar)(named, modified_at))
    return archive


def _read(built: Path, target: str) -> bytes:
    try:
        content = built.read_bytes()
    except OSError as error:
        raise BadInputError(f"--program {built}: {error.strerror}; build it first") from error
    start = {"linux": b"\x7fELF", "windows": b"MZ", "darwin": b"\xcf\xfa\xed\xfe"}
    for system, magic in start.items():
        if f"-{system}" in target:
            if content.startswith(magic):
                return content
            raise BadInputError(f"--program {built} is no program for {target}")
    raise BadInputError(f"--target {target}: neither Linux nor macOS nor Windows")


def _tar(files: Mapping[str, bytes], modified_at: int) -> bytes:
    packed = io.BytesIO()
    with (
        # The header of gzip has a time, and the name of a file if there is one.
        gzip.GzipFile("", "wb", fileobj=packed, mtime=modified_at) as compressed,
        tarfile.open(fileobj=compressed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mtime = modified_at
            member.mode = 0o755 if _is_program(name) else 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _zip(files: Mapping[str, bytes], modified_at: int) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            date = time.gmtime(max(modified_at, YEAR_1980))[:6]
            member = zipfile.ZipInfo(name, date_time=date)
            member.compress_type = zipfile.ZIP_DEFLATED
            # Unix, whatever packs: the upper half has its permissions.
            member.create_system = 3
            member.external_attr = (0o100755 if _is_program(name) else 0o100644) << 16
            archive.writestr(member, content)
    return packed.getvalue()


def _is_program(name: str) -> bool:
    return name.rpartition("/")[2].removesuffix(".exe") in PROGRAMS


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="release.archive", description=__doc__)
    parser.add_argument("--target", metavar="TRIPLE", required=True)
    parser.add_argument("--program", metavar="PATH", type=Path, required=True)
    parser.add_argument("--name", choices=sorted(PROGRAMS), default=COMMAND_LINE.name)
    parser.add_argument("--out", metavar="FOLDER", type=Path, default=REPOSITORY / "dist")
    options = parser.parse_args(arguments)
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdecimal():
        sys.exit(
            "SOURCE_DATE_EPOCH must be the seconds since 1970 that the files get as their time"
        )
    try:
        program = PROGRAMS[options.name]
        print(pack(options.target, options.program, options.out, int(epoch), program))
    except BadInputError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()

"""Builds what is published once, for all platforms: `python -m release.sources`, or
`make dist-sources`."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from supply.crates import REPOSITORY

from .artefacts import Sources
from .compiler import tool
from .source_date import source_date_epoch
from .targets import target_folder


def build(sources: Sources, *, allows_dirty: bool) -> None:
    """Writes the source distributions, the main packages of npm, and the crates."""
    out = sources.folder
    out.mkdir(parents=True, exist_ok=True)
    for folder in (REPOSITORY, REPOSITORY / "simulator"):
        _run([tool("maturin"), "sdist", "--out", str(out)], folder)
    for script in ("bindings-node/scripts/pack.mjs", "simulator/npm/pack.mjs"):
        _run(["node", script, "main", str(out)])
    _package_crates(sources, allows_dirty=allows_dirty)


def _package_crates(sources: Sources, *, allows_dirty: bool) -> None:
    """cargo packs the committed files.

    It does not compile them here. `tests/extra` does, and so does `make publish-crates`.
    """
    names = [crate.name.rpartition("-")[0] for crate in sources.crates]
    command = ["cargo", "package", "--locked", "--no-verify"]
    command += [word for name in names for word in ("--package", name)]
    if allows_dirty:
        command.append("--allow-dirty")
    _run(command)
    for crate in sources.crates:
        shutil.copy(target_folder() / "package" / crate.name, crate)


def _run(command: list[str], folder: Path = REPOSITORY) -> None:
    print("+", *command, file=sys.stderr, flush=True)
    environment = os.environ | {"SOURCE_DATE_EPOCH": source_date_epoch()}
    program = shutil.which(command[0])
    subprocess.run([program or command[0], *command[1:]], cwd=folder, env=environment, check=True)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="release.sources", description=__doc__)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "dist")
    parser.add_argument("--allow-dirty", action="store_true", help="take uncommitted files too")
    options = parser.parse_args(arguments)
    try:
        build(Sources(options.out.resolve()), allows_dirty=options.allow_dirty)
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd[0]} ends with {error.returncode}")


if __name__ == "__main__":
    main()

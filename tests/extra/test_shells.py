"""The command line's completions in real shells, and its manual pages in man."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sysconfig
import time
from pathlib import Path

import pytest
from deadline import DEADLINE
from installed import program

from simulator import REPOSITORY

ENVIRONMENT = {
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "PATH": f"{sysconfig.get_path('scripts')}:{os.environ['PATH']}",
    "TERM": "dumb",
}
# What is typed, and what the shell offers.
LINES = [
    ("drivebell wh", {"whoami"}),
    ("drivebell watch --cloud ", {"global", "us-gov-l4", "us-gov-l5", "china"}),
    ("drivebell mirror --kinds ", {"created", "modified", "renamed", "moved", "deleted"}),
    ("drivebell watch --token-file /etc/host", {"/etc/hosts", "/etc/hostname"}),
]
TYPED = [typed for typed, _ in LINES]
BASH = r"""
set -eu
eval "$(drivebell completions bash)"
read -ra COMP_WORDS <<<"$1"
[[ $1 == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
set +u
_drivebell drivebell "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\n' "${COMPREPLY[@]}"
"""

# The echo of these lines does not look like the prompt.
ZSH = """\
autoload -Uz compinit; compinit -u -D
eval "$(drivebell completions zsh)"; PS1='pro''mpt> '
"""


def run(*command: str) -> str:
    return subprocess.run(
        command,
        check=True,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=DEADLINE,
    ).stdout


@pytest.mark.parametrize(("typed", "offered"), LINES, ids=TYPED)
def test_bash_completes(typed: str, offered: set[str]) -> None:
    assert offered <= set(run(program("bash"), "--norc", "-c", BASH, "bash", typed).split())


@pytest.mark.parametrize(("typed", "offered"), LINES, ids=TYPED)
def test_fish_completes(typed: str, offered: set[str]) -> None:
    script = f"drivebell completions fish | source; complete -C {typed!r}"
    lines = run(program("fish"), "--no-config", "-c", script).splitlines()
    assert offered <= {line.partition("\t")[0] for line in lines}


@pytest.mark.parametrize(("typed", "offered"), LINES, ids=TYPED)
def test_zsh_completes(typed: str, offered: set[str]) -> None:
    # zsh completes only what is typed into a terminal.
    ours, its = pty.openpty()
    zsh = subprocess.Popen(
        [program("zsh"), "-f", "-i"],
        env=ENVIRONMENT,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    try:
        os.write(ours, ZSH.encode())
        read_until(ours, {"prompt> "})
        os.write(ours, f"{typed}\t".encode())
        # A path is listed by its last part.
        read_until(ours, {name.rpartition("/")[2] for name in offered})
    finally:
        zsh.kill()
        zsh.wait()
        os.close(ours)


def read_until(terminal: int, wanted: set[str]) -> None:
    text = ""
    end = time.monotonic() + DEADLINE
    while not all(word in text for word in wanted):
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        assert ready, f"not all of {wanted} in {text}"
        text += os.read(terminal, 65536).decode()


PAGES = [
    page for name in ("cli", "fleet") for page in sorted((REPOSITORY / name / "man").iterdir())
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_man_shows_a_page_without_a_warning(page: Path) -> None:
    shown = subprocess.run(
        [program("man"), "--warnings", "--local-file", str(page)],
        check=True,
        env=ENVIRONMENT | {"MANWIDTH": "100", "MAN_KEEP_FORMATTING": ""},
        capture_output=True,
        encoding="utf-8",
        timeout=DEADLINE,
    )
    assert shown.stderr == ""
    text = re.sub(".\b", "", shown.stdout)
    for heading in ("NAME", "SYNOPSIS", "OPTIONS", "OPTIONS OF ALL COMMANDS"):
        assert f"\n{heading}\n" in text

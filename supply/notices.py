"""The licences of what is linked, as a text that goes into both packages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from .crates import REPOSITORY, Crate

INTRODUCTION = """\
Third-party notices

What this file comes with, the wheel, the npm packages or the program, is built from crates that are
listed here, each under its own licence. Some are for one platform, or for one of these, alone. Each
text follows once, after the names of the crates that contain it. `make generate` writes this file.

It also contains the standard library of Rust (MIT OR Apache-2.0, https://github.com/rust-lang/rust).

"""
RULE = "-" * 80
# How the files begin that hold a licence or what it requires to be passed on.
FILES = ("LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE")


def notices(crates: Iterable[Crate]) -> str:
    """The text for the packages that are built from these crates."""
    others = [crate for crate in crates if not crate.is_ours]
    lines = [f"{crate.name} {crate.version}: {crate.licence}" for crate in others]
    parts = [INTRODUCTION, *(f"{line}\n" for line in lines)]
    for text, holders in _texts(others):
        parts.append(f"\n{RULE}\n{', '.join(holders)}\n{RULE}\n\n{text}\n")
    return "".join(parts)


def _texts(crates: Iterable[Crate]) -> Iterator[tuple[str, list[str]]]:
    """Each text, with the crates that have it. Texts that differ in white space alone are one."""
    texts: dict[str, str] = {}
    holders: defaultdict[str, list[str]] = defaultdict(list)
    for crate in crates:
        for text in _of(crate):
            key = " ".join(text.split())
            texts.setdefault(key, text)
            if crate.name not in holders[key]:
                holders[key].append(crate.name)
    # The texts of most crates first.
    for key in sorted(texts, key=lambda key: (-len(holders[key]), holders[key])):
        yield texts[key], holders[key]


def _of(crate: Crate) -> list[str]:
    files = sorted(path for path in crate.folder.iterdir() if _holds_licence(path))
    return [_tidy(path.read_text(errors="replace")) for path in files] or [_missing(crate)]


def _holds_licence(path: Path) -> bool:
    return path.is_file() and path.name.upper().startswith(FILES)


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _missing(crate: Crate) -> str:
    """Some crates name a licence and contain no text of it."""
    if "Apache-2.0" in crate.licence:
        return _tidy((REPOSITORY / "LICENSE-APACHE").read_text())
    if "MIT" not in crate.licence:
        raise SystemExit(f"{crate.name} has no text of its licence, {crate.licence}: add it here")
    holders = ", ".join(crate.authors) or f"the authors of {crate.name}"
    lines = _tidy((REPOSITORY / "LICENSE-MIT").read_text()).splitlines()
    return "\n".join(
        f"Copyright (c) {holders}" if line.startswith("Copyright") else line for line in lines
    )

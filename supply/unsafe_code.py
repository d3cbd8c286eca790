"""How often the code that is shipped opts out of the ban on `unsafe`: never.

The compiler refuses `unsafe` (`unsafe_code = "deny"` in Cargo.toml), but any file could allow it
again. Code that a macro of another crate expands to is not ours, and not counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SHIPPED = (
    "core/src",
    "mirror/src",
    "store/src",
    "fleet/src",
    "cli/src",
    "bindings-python/src",
    "bindings-node/src",
    "simulator/src",
)
BAN = 'unsafe_code = "deny"'

COMMENT = re.compile(r"//.*")
# Also `#![allow(…, unsafe_code)]`, `expect`, and within `cfg_attr`.
OPT_OUT = re.compile(r"\b(?:allow|warn|expect)\s*\([^)]*\bunsafe_code\b")
UNSAFE = re.compile(r"\bunsafe\s*(?:\{|fn\b|impl\b|trait\b|extern\b|\()")
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')


def problems(repository: Path) -> Iterator[str]:
    if BAN not in (repository / "Cargo.toml").read_text(encoding="utf-8"):
        yield f"Cargo.toml: the lint `{BAN}` is gone"
    for folder in SHIPPED:
        crate = repository / folder.removesuffix("/src")
        if "[lints]\nworkspace = true" not in (crate / "Cargo.toml").read_text(encoding="utf-8"):
            yield f"{crate.name}/Cargo.toml: the lints of the workspace do not apply"
        for path in sorted((repository / folder).rglob("*.rs")):
            for line in uses(path.read_text(encoding="utf-8")):
                yield f"{path.relative_to(repository)}:{line}: unsafe code, or a permission for it"


def uses(code: str) -> list[int]:
    """The numbers of the lines with unsafe code, or with a permission for it."""
    code = TEXT.sub('""', COMMENT.sub("", code))
    found = [*UNSAFE.finditer(code), *OPT_OUT.finditer(code)]
    return sorted(code.count("\n", 0, match.start()) + 1 for match in found)

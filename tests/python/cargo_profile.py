"""The profile that tests build with: with the same one, cargo shares what it has built."""

from __future__ import annotations

import re

from simulator import REPOSITORY


def fast_profile() -> str:
    """The tables of the profile `fast`, for the manifest of another workspace."""
    manifest = (REPOSITORY / "Cargo.toml").read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^\[profile\.fast.*\]\n(?:[a-z].*\n)+", manifest, re.MULTILINE))

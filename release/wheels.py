"""The wheels of each platform: which Pythons they are for, and how maturin is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WheelBuild:
    tags: str
    """Python and ABI in the wheel's name."""
    options: tuple[str, ...]
    """The options of maturin."""


BUILDS = (
    WheelBuild("cp311-abi3", ("-i", "3.11")),
    WheelBuild("cp314-cp314t", ("-i", "3.14t")),
    WheelBuild("cp315-abi3.abi3t", ("-i", "3.15t")),
)

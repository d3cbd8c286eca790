"""What the options of a client may be, by their Python types; what they mean is in the core."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Literal

from ._errors import invalid


class _Given(Enum):
    NOT = "the default"

    def __repr__(self) -> str:
        return "..."


NotGiven = Literal[_Given.NOT]
NOT_GIVEN: NotGiven = _Given.NOT
"""Of an option for which `None` is a value too."""

_LARGEST = 2**32 - 1


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Those that were given; `None` means that one was not."""
    return {name: value for name, value in options.items() if value is not None}


def durations(options: Mapping[str, object]) -> dict[str, float]:
    """Those that were given, in seconds."""
    return {name: _seconds(name, value) for name, value in given(options).items()}


def patience(name: str, value: object) -> dict[str, float | None]:
    """A duration that may also be `None`, for ever."""
    if value is NOT_GIVEN:
        return {}
    return {name: None if value is None else _seconds(name, value)}


def counts(options: Mapping[str, object]) -> dict[str, int]:
    """Those that were given, as whole numbers."""
    return {name: _count(name, value) for name, value in given(options).items()}


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise invalid(name, f"{value!r} is not a number of seconds")
    # The comparison is false for NaN too.
    if not value >= 0:
        raise invalid(name, f"{value!r} is not a duration: give a number of seconds, not below 0")
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _count(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid(name, f"{value!r} is not a whole number")
    if not 0 < value <= _LARGEST:
        raise invalid(name, f"{value!r} is not between 1 and {_LARGEST}")
    return value

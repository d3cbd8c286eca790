"""What options may be, by their Python types; what they mean is in the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def waits(options: Mapping[str, object]) -> dict[str, list[float]]:
    """Those that were given, as lists of seconds."""
    return {
        name: [_seconds(name, wait) for wait in _list(name, value)]
        for name, value in given(options).items()
    }


def texts(options: Mapping[str, object]) -> dict[str, list[str]]:
    """Those that were given, as lists of strings."""
    return {
        name: [_text(name, text) for text in _list(name, value)]
        for name, value in given(options).items()
    }


def flags(options: Mapping[str, object]) -> dict[str, bool]:
    """Those that were given, as truth values."""
    return {name: _flag(name, value) for name, value in given(options).items()}


def not_zero(options: Mapping[str, object]) -> None:
    """Refuses the zero of what would never pause."""
    for name, value in options.items():
        if value is not NOT_GIVEN and value == 0:
            raise invalid(name, "must be greater than zero")


def _list(name: str, value: object) -> Sequence[object]:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise invalid(name, f"give a list, not one {type(value).__name__}")
    return value


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise invalid(name, f"{value!r} is not a string")
    # A lone surrogate has no UTF-8, and could not be handed on.
    if not value.isascii():
        raise invalid(name, f"{value!r} is not ASCII")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise invalid(name, f"{value!r} is neither True nor False")
    return value


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

"""The placeholder for an option that was not given."""

from __future__ import annotations

from enum import Enum
from typing import Literal


class _Given(Enum):
    NOT = "the default"

    def __repr__(self) -> str:
        return "..."


NotGiven = Literal[_Given.NOT]
NOT_GIVEN: NotGiven = _Given.NOT
"""For an option that may also be `None`."""


def given(*, may_be_none: dict[str, object], **options: object) -> dict[str, object]:
    """The options that were given."""
    set_options = {name: value for name, value in options.items() if value is not None}
    for name, value in may_be_none.items():
        if value is not NOT_GIVEN:
            set_options[name] = value
    return set_options

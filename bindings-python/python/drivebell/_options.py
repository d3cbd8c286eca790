"""Options that were given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def given(
    function: Callable[..., Any], *, may_be_none: dict[str, object], **options: object
) -> dict[str, object]:
    """The options that were given: those that are not the default of the function's signature.
    Where it has no meaning of its own, `None` is the default too."""
    defaults: dict[str, object] = getattr(function, "__kwdefaults__")  # noqa: B009 - of any callable
    known = {name: value for name, value in options.items() if value is not None}
    all_given = known | may_be_none
    return {name: value for name, value in all_given.items() if value is not defaults[name]}

"""What a program's functions return to be awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine


def close_unawaited(awaitable: Awaitable[object]) -> None:
    """Ends a coroutine whose turn to run never came: Python warns of one that nobody awaits. One that
    has run is left as it is."""
    if isinstance(awaitable, Coroutine):
        awaitable.close()

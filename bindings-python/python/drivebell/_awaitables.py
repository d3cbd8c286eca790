"""What a program's functions return to be awaited."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine


def close_unawaited(awaitable: Awaitable[object]) -> None:
    """Ends a coroutine whose turn to run never came: Python warns of one that nobody awaits.
    Nothing happens to one that has run."""
    if isinstance(awaitable, Coroutine):
        awaitable.close()

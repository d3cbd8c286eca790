from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable


async def _until_closed(start_close: Callable[[], None]) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        start_close()


class LoopEnd:
    """Calls a function when the running event loop ends: nobody can read from a stream then.

    asyncio has no such hook but one: at its end, a loop closes the asynchronous generators that
    began in it.
    """

    def __init__(self, start_close: Callable[[], None]) -> None:
        self._generator = _until_closed(start_close)
        # It begins, and waits at its `yield`.
        with contextlib.suppress(StopIteration):
            self._generator.asend(None).send(None)

    async def aclose(self) -> None:
        """Calls the function now."""
        await self._generator.aclose()

from __future__ import annotations

import os
import sys
import warnings


class WarnsIfUnclosed:
    """Warns of what is collected while it is open, as files and sockets do. It is closed then."""

    _pid: int | None = None

    def _opened(self) -> None:
        """Called by the process that closes it."""
        self._pid = os.getpid()

    def _is_open(self) -> bool:
        raise NotImplementedError

    def _start_close(self) -> None:
        raise NotImplementedError

    def __del__(self) -> None:
        # At the end of the program, its owner may be gone already; a forked child owns nothing.
        if self._pid is None or self._pid != os.getpid() or sys.is_finalizing():
            return
        if self._is_open():
            text = f"{self!r} was never closed: leave it by `with` or `async with`, or close it"
            # Whoever gets the warning may keep its source.
            self._start_close()
            warnings.warn(text, ResourceWarning, source=self, stacklevel=2)

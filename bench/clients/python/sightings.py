"""Changes of a mirror as a program sees them."""

import time

from report import print_line


class Sightings:
    """Reports when each change came, by the clock that the service reads too. The changes that a
    folder's change brings to what is in it are one report, when the last of them came."""

    def __init__(self) -> None:
        self._left = 0
        self._inside = 0

    def change(self, kind: str, path: str, descendants: int, inside: int) -> None:
        """The program has a change. `inside` is how many others follow for what is in the
        folder."""
        at_ns = time.monotonic_ns()
        self._left = self._inside = inside
        print_line(event="change", at_ns=at_ns, kind=kind, path=path, descendants=descendants)

    def inherited(self) -> None:
        """The program has one of the changes for what is in a folder."""
        self._left -= 1
        if self._left == 0:
            print_line(event="expanded", at_ns=time.monotonic_ns(), changes=self._inside)

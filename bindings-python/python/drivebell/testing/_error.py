from __future__ import annotations

from .._errors import Error


class SimulatorError(Error):
    """The simulator is not installed, does not start, or refuses what it was asked to do."""

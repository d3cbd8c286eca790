"""The fixtures of pytest. It imports drivebell only for a test that uses them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from drivebell.testing import Simulator, SyncSimulator

MARKER = "drivebell_simulator"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        f"{MARKER}(*options): options of the simulator's command line, for the fixtures "
        "drivebell_simulator and drivebell_simulator_sync",
    )


@pytest.fixture
def drivebell_simulator(drivebell_simulator_sync: SyncSimulator) -> Simulator:
    """A new simulator of Microsoft's service for an async test: a `drivebell.testing.Simulator`."""
    from drivebell.testing import Simulator  # noqa: PLC0415 - see above

    return Simulator._of(drivebell_simulator_sync)


@pytest.fixture
def drivebell_simulator_sync(request: pytest.FixtureRequest) -> Iterator[SyncSimulator]:
    """A new simulator of Microsoft's service for a test without an event loop: a
    `drivebell.testing.SyncSimulator`. In one test, it is the same as `drivebell_simulator`."""
    from drivebell.testing import SyncSimulator  # noqa: PLC0415 - see above

    markers = request.node.iter_markers(MARKER)
    options = [option for marker in markers for option in marker.args]
    with SyncSimulator(*options) as simulator:
        yield simulator

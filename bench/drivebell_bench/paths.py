"""Where things are in the repository."""

from __future__ import annotations

from pathlib import Path

BENCH = Path(__file__).resolve().parents[1]
REPOSITORY = BENCH.parent
CLIENTS = BENCH / "clients"
DOCS = REPOSITORY / "docs"
RESULTS = BENCH / "results"
"""The raw results of the last runs, from which a page can be written again."""

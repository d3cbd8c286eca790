"""The notebook, executed in a kernel."""

from __future__ import annotations

import json
from pathlib import Path

from example_libraries import EXAMPLES, content, example

from simulator import Simulator

# Runs it cell by cell, and writes it with what the cells have printed.
EXECUTE = """
import sys, nbformat, nbclient
notebook = nbformat.read(sys.argv[1], nbformat.NO_CONVERT)
client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3")
client.on_cell_executed = lambda cell, cell_index, **_: print("executed", cell_index, flush=True)
client.execute()
nbformat.write(notebook, "executed.ipynb")
print("done", flush=True)
"""


def test_the_notebook_shows_what_changes(tmp_path: Path) -> None:
    notebook = EXAMPLES / "notebook.ipynb"
    with Simulator() as simulator:
        content(simulator, "reports/plan.pdf", "x" * 1000)
        content(simulator, "notes.txt", "x")
        with example(simulator, tmp_path, "-c", EXECUTE, notebook) as program:
            # The mirror is ready: the next cell that waits gets this change.
            program.wait_for("executed 1", 60)
            content(simulator, "new.txt", "x")
            program.wait_for("done", 60)
            assert program.process.wait(20) == 0
    cells = json.loads((tmp_path / "executed.ipynb").read_text())["cells"]
    shown = [json.dumps(cell.get("outputs", [])) for cell in cells]
    assert "('/reports/plan.pdf', 1000)" in shown[3]
    assert "('.pdf', 1)" in shown[4]
    assert "created /new.txt" in shown[6]
    assert not any("error" in output for output in shown)


def test_it_is_stored_without_output() -> None:
    cells = json.loads((EXAMPLES / "notebook.ipynb").read_text())["cells"]
    assert all(not cell.get("outputs") for cell in cells)

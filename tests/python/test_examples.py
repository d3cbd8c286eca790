"""The examples in Python that need only drivebell, as their user runs them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from example_program import example

from simulator import Simulator

STOPS = [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)]


@pytest.mark.parametrize(("by", "code"), STOPS)
def test_resume_goes_on_where_it_stopped(by: signal.Signals, code: int, tmp_path: Path) -> None:
    with Simulator(("--seed", "b!me=100")) as simulator:
        with example(simulator, tmp_path, "resume.py", "checkpoint") as program:
            program.wait_for("up to date")
            simulator.upload("while-it-runs.txt")
            program.wait_for("changed while-it-runs.txt")
            # Stored after the items of the batch.
            program.wait_for("up to date")
            assert program.stop(by) == code
        assert not any("file-" in line for line in program.output), program.output

        simulator.upload("while-it-was-stopped.txt")
        simulator.http("DELETE", "/v1.0/me/drive/root:/while-it-runs.txt")
        with example(simulator, tmp_path, "resume.py", "checkpoint") as program:
            program.wait_for("up to date")
            printed = {line.strip() for line in program.output}
            assert "changed while-it-was-stopped.txt" in printed
            # A business drive does not give the name of what is deleted.
            assert any(line.startswith("deleted ") for line in printed), printed
            assert not any("file-" in line for line in printed), printed


def test_resume_says_again_what_was_not_stored(tmp_path: Path) -> None:
    with Simulator() as simulator:
        with example(simulator, tmp_path, "resume.py", "checkpoint") as program:
            program.wait_for("up to date")
        before = (tmp_path / "checkpoint").read_text()
        with example(simulator, tmp_path, "resume.py", "checkpoint") as program:
            program.wait_for("up to date")
            simulator.upload("new.txt")
            program.wait_for("changed new.txt")
            program.wait_for("up to date")
        # As if it had been killed between the item and the checkpoint.
        (tmp_path / "checkpoint").write_text(before)
        with example(simulator, tmp_path, "resume.py", "checkpoint") as program:
            program.wait_for("changed new.txt")


def test_many_drives_in_one_file(tmp_path: Path) -> None:
    drives = ("drives.db", "b!me", "b!team", "b!none")
    with Simulator(("--seed", "b!me=60", "--seed", "b!team=60")) as simulator:
        with example(simulator, tmp_path, "many_drives.py", *drives) as program:
            program.wait_for("/drives/b!none/root has ended:")
            simulator.upload("one.txt", "b!me")
            program.wait_for("/drives/b!me/root created /one.txt")
            simulator.upload("two.txt", "b!team")
            program.wait_for("/drives/b!team/root created /two.txt")
            assert program.stop(signal.SIGINT) == 130
        simulator.http("DELETE", "/v1.0/drives/b!me/root:/one.txt")
        with example(simulator, tmp_path, "many_drives.py", *drives) as program:
            program.wait_for("/drives/b!me/root deleted /one.txt")
            # What it said before comes once more at most: the last change.
            again = [line for line in program.output if " created " in line]
            assert len(again) <= 1, program.output

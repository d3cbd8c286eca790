"""The examples that keep an index of a drive with LangChain and with LlamaIndex."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest
from example_libraries import EXAMPLES, PYTHON, content, example, relocate
from proof.deadline import wait_until

from simulator import Simulator

LIBRARIES = ("langchain", "llamaindex")

LOADED = 180.0
"""Seconds. To import them takes several, and much longer on a busy machine."""


def program(library: str) -> Path:
    return EXAMPLES / f"{library}_index.py"


def search(library: str, folder: Path, words: str) -> list[str]:
    """The lines that it prints, in the order of their paths. It needs no service and no token."""
    command = [str(PYTHON), str(program(library)), "index.json", words]
    found = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True)
    return sorted(found.stdout.splitlines())


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_index_follows_its_drive(library: str, tmp_path: Path) -> None:
    with Simulator() as simulator:
        content(simulator, "budget.txt", "what we spend")
        content(simulator, "reports/plan.md", "what we do")
        content(simulator, "image.png", "no text")
        with example(simulator, tmp_path, program(library), "index.json") as follower:
            follower.wait_for("indexed 2 changes", LOADED)
            assert search(library, tmp_path, "what we spend") == [
                "/budget.txt: what we spend",
                "/reports/plan.md: what we do",
            ]
            content(simulator, "budget.txt", "what we save")
            follower.wait_for("up to /budget.txt")
            relocate(simulator, "reports", "archive")
            follower.wait_for("up to /archive/plan.md")
            assert search(library, tmp_path, "what we save") == [
                "/archive/plan.md: what we do",
                "/budget.txt: what we save",
            ]
            relocate(simulator, "archive/plan.md", "plan.pdf")
            follower.wait_for("up to /archive/plan.md")
            assert search(library, tmp_path, "what we save") == ["/budget.txt: what we save"]
            assert follower.stop(signal.SIGINT) == 130

        # While it is stopped. Graph does not even say that the budget is gone.
        simulator.http("DELETE", "/v1.0/me/drive/root:/budget.txt")
        content(simulator, "new.txt", "what is new")
        simulator.coming_fault({"answer": {"status": 410}}, on="delta", times=1)
        with example(simulator, tmp_path, program(library), "index.json") as follower:
            wait_until(
                lambda: search(library, tmp_path, "anything") == ["/new.txt: what is new"],
                "the index has what is new",
                LOADED,
            )
            assert follower.stop(signal.SIGTERM) == -signal.SIGTERM


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_kill_loses_nothing(library: str, tmp_path: Path) -> None:
    texts = {f"file-{number:02}.txt": f"text {number}" for number in range(8)}
    with Simulator() as simulator:
        for name, text in texts.items():
            content(simulator, name, text)
        # It is killed while it asks for the content of the fourth file.
        simulator.coming_fault({"hold": {"direction": "toClient"}}, on="graph", skip=5)
        with example(simulator, tmp_path, program(library), "index.json") as follower:

            def asks() -> bool:
                assert follower.process.poll() is None
                return len(simulator.requests()) >= 6

            wait_until(asks, "it asks for the fourth file", LOADED)
        assert not (tmp_path / "index.json").exists()
        simulator.release_faults()
        with example(simulator, tmp_path, program(library), "index.json") as follower:
            follower.wait_for("indexed 8 changes", LOADED)
        found = search(library, tmp_path, "text")
    assert found == sorted(f"/{name}: {text}" for name, text in texts.items())


@pytest.mark.parametrize("library", LIBRARIES)
def test_it_waits_while_graph_is_busy(library: str, tmp_path: Path) -> None:
    with Simulator() as simulator:
        with example(simulator, tmp_path, program(library), "index.json") as follower:
            content(simulator, "first.txt", "the first")
            follower.wait_for("up to /first.txt", LOADED)
            # The delta query succeeds, and the request for the content does not.
            simulator.set_fault("answer=429,retryAfter=1,on=graph,skip=1,times=1")
            content(simulator, "second.txt", "the second")
            follower.wait_for("up to /second.txt")
        assert search(library, tmp_path, "words") == [
            "/first.txt: the first",
            "/second.txt: the second",
        ]

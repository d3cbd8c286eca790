"""The examples with a web page, in a real browser."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from example_libraries import content, relocate
from example_program import Program
from installed import free_port, program
from live_pages import SERVERS, served
from npm_programs import FOLDER

from simulator import Simulator


@contextmanager
def browsing(simulator: Simulator, folder: Path, port: int) -> Iterator[Program]:
    chromium = program("chromium")
    url = f"http://127.0.0.1:{port}"
    command = ["node", str(FOLDER / "page.mjs"), url, chromium]
    with Program(command, simulator, folder) as browser:
        try:
            yield browser
        finally:
            # Chromium ends with it, which it would not if it were killed.
            browser.stop(signal.SIGTERM)
        assert not any(line.startswith("error") for line in browser.rest())


@pytest.mark.parametrize("server", SERVERS)
def test_a_page_shows_what_happens(server: str, tmp_path: Path) -> None:
    port = free_port()
    with Simulator() as simulator, ExitStack() as stack:
        content(simulator, "a/R&amp;D.txt", "x")
        running = stack.enter_context(served(simulator, tmp_path, server, port))
        browser = stack.enter_context(browsing(simulator, tmp_path, port))
        browser.wait_for("live: /a/R&amp;D.txt\n", 60)
        content(simulator, "new.txt", "x")
        browser.wait_for("live: /a/R&amp;D.txt /new.txt\n")
        relocate(simulator, "a", "z")
        browser.wait_for("live: /new.txt /z/R&amp;D.txt\n")
        simulator.http("DELETE", "/v1.0/me/drive/root:/new.txt")
        browser.wait_for("live: /z/R&amp;D.txt\n")
        # It ends although a browser is connected.
        assert running.stop(signal.SIGTERM) == SERVERS[server].ended
        browser.wait_for("connecting: ")
        # The browser connects again by itself, and loads what it missed.
        content(simulator, "missed.txt", "x")
        stack.enter_context(served(simulator, tmp_path, server, port))
        browser.wait_for("live: /missed.txt /z/R&amp;D.txt\n")

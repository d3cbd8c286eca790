"""The tests of the Node package on other versions of Node, on Bun and on Deno."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from npm_programs import FOLDER, installed, node

from simulator import REPOSITORY, TOKEN, Simulator

TESTS = REPOSITORY / "tests/node"
BUILD = TESTS / "build"
FILES = sorted(path.name.split(".")[0] for path in TESTS.glob("*.test.*"))
AT_ONCE = 2
"""How many files run at the same time. They wait more than they compute."""

ELSEWHERE = {
    "azure-cli": "another library, on Node alone",
    "identity-applications": "another library, on Node alone",
    "identity-prompts": "another library, on Node alone",
    "identity-users": "another library, on Node alone",
    "msal-node": "another library, on Node alone",
    "command-line": "`npx drivebell` runs on Node",
    "example": "the examples are programs for Node",
    "examples": "the examples are programs for Node",
    "platforms": "it takes Node for another one",
    "documentation": "it reads what the compiler wrote",
    "snippets": "the compiler checks them",
    "testing": "`drivebell/testing` is for tests that run on Node",
    "sign-in-example": "its programs are programs for Node",
    "types": "the compiler checks it",
}
"""The files that only Node runs."""

NOT_ON = {
    "node22": ELSEWHERE | {"closed-clients": "it takes long, and Node 20 and 24 run it"},
    "node24": {},
    "bun": ELSEWHERE
    | {
        "errors": "its engine loses the caller from the stack of an error that is awaited",
        "handlers-in-a-runner": "its test runner fails at uncaught exceptions, handled or not",
    },
    "deno": ELSEWHERE
    | {
        "closed-clients": "its garbage collector cannot be told to run the addon's finalizers",
        "collection": "its garbage collector cannot be told to run the addon's finalizers",
        "handlers-in-a-runner": "its fake timers stop the timers that the test itself waits for",
        "workers": "it ends a worker without telling the addon: docs/bundlers.md",
    },
}
"""The files that do not run on each, and why."""

COMMANDS: dict[str, Callable[[], list[str | Path]]] = {
    "node22": lambda: [node(22), "--test", "--test-timeout=120000"],
    "node24": lambda: [node(24), "--test", "--test-timeout=120000"],
    "bun": lambda: [installed(".bin/bun"), "test", "--timeout", "120000"],
    "deno": lambda: [installed(".bin/deno"), "test", "--allow-all", "--no-check", "--quiet"],
}
CASES = [
    (run_time, name)
    for run_time, without in NOT_ON.items()
    for name in FILES
    if name not in without
]


TOKENS_AFTER_THE_END = """
import { it } from 'node:test'
import { Client, Resource } from 'drivebell'

const kept = []

it('ends', async () => {
  // To finalize them takes longer than from one token to the next.
  for (let count = 0; count < 1_000; count += 1) kept.push(Resource.myDrive())
  for (let count = 0; count < 200; count += 1) {
    const later = { token: 'x', expiresOnTimestamp: Date.now() + 1e6 }
    const credential = () => new Promise((resolve) => setTimeout(resolve, 100 + count * 5, later))
    const client = new Client({ credential })
    kept.push(client)
    client.signIn().catch(() => {})
  }
  await new Promise((resolve) => setTimeout(resolve, 60))
})
"""


def run(run_time: str, name: str) -> subprocess.CompletedProcess[str]:
    (built,) = BUILD.glob(f"{name}.test.*js")
    program, *options = COMMANDS[run_time]()
    # The children of a test that name `node` get the same version.
    path = f"{Path(program).parent}:{os.environ['PATH']}" if "node" in run_time else None
    environment = {"NO_COLOR": "1"} | ({"PATH": path} if path else {})
    return completed([program, *options, f"./{built.name}"], BUILD, 280, environment)


def completed(
    command: list[str | Path], folder: Path, timeout: float, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """What has ended by itself, with everything that it has printed."""
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        timeout=timeout,
    )


@pytest.fixture(scope="module")
def results(
    request: pytest.FixtureRequest,
) -> Iterator[dict[tuple[str, str], Future[subprocess.CompletedProcess[str]]]]:
    assert BUILD.exists(), "`make test-extra` builds them"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        names = {item.name for item in request.session.items}
        # With `-k`, only what is selected.
        cases = [case for case in CASES if f"test_the_tests_pass[{'-'.join(case)}]" in names]
        yield {case: pool.submit(run, *case) for case in cases}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize(("run_time", "name"), CASES)
def test_the_tests_pass(
    run_time: str,
    name: str,
    results: dict[tuple[str, str], Future[subprocess.CompletedProcess[str]]],
) -> None:
    result = results[run_time, name].result()
    assert result.returncode == 0, result.stdout


def install(folder: Path) -> None:
    modules = folder / "node_modules"
    modules.mkdir()
    (modules / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    (folder / "package.json").write_text('{"type": "module", "dependencies": {"drivebell": "*"}}')


def run_program(
    command: list[str | Path], folder: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs the program that the bundlers get too, from a folder in which drivebell is installed."""
    install(folder)
    shutil.copy(FOLDER / "program.mjs", folder)
    with Simulator() as simulator:
        settings = {"GRAPH_TOKEN": TOKEN, "GRAPH_URL": simulator.base_url} | environment
        return completed([*command, "program.mjs"], folder, 60, settings)


@pytest.mark.parametrize("missing", ["ffi", "read", "env", None])
def test_deno_needs_three_permissions(missing: str | None, tmp_path: Path) -> None:
    allowed = [f"--allow-{name}" for name in ("ffi", "read", "env") if name != missing]
    command: list[str | Path] = [installed(".bin/deno"), "run", "--no-prompt", *allowed]
    result = run_program(command, tmp_path)
    if missing is None:
        assert (result.returncode, result.stdout) == (0, "there root\nend\n")
    else:
        assert result.returncode != 0
        assert f"--allow-{missing}" in result.stdout


@pytest.mark.parametrize("command", [["bun"], ["deno", "run", "--allow-all"]], ids=lambda it: it[0])
def test_node_debug_turns_on_the_log(command: list[str], tmp_path: Path) -> None:
    name, *options = command
    result = run_program([installed(f".bin/{name}"), *options], tmp_path, NODE_DEBUG="drivebell")
    assert result.returncode == 0, result.stdout
    assert "drivebell::" in result.stdout
    assert TOKEN not in result.stdout


@pytest.mark.parametrize("run_time", NOT_ON)
def test_tokens_may_come_after_the_end_of_a_test(run_time: str, tmp_path: Path) -> None:
    """Deno finalizes all native objects then, and runs what is due afterwards."""
    install(tmp_path)
    (tmp_path / "tokens.test.mjs").write_text(TOKENS_AFTER_THE_END)
    program, *options = COMMANDS[run_time]()
    result = completed([program, *options, "./tokens.test.mjs"], tmp_path, 120, {})
    assert result.returncode == 0, result.stdout


def test_what_is_left_out_exists() -> None:
    for without in NOT_ON.values():
        assert without.keys() <= set(FILES)


@pytest.mark.parametrize("run_time", NOT_ON)
def test_a_failure_is_found(run_time: str, tmp_path: Path) -> None:
    failing = tmp_path / "failing.test.mjs"
    failing.write_text(
        "import { it } from 'node:test'\nit('fails', () => { throw new Error('no') })\n"
    )
    program, *options = COMMANDS[run_time]()
    result = subprocess.run(
        [program, *options, "./failing.test.mjs"], cwd=tmp_path, capture_output=True, check=False
    )
    assert result.returncode != 0

"""Every code block of the READMEs and the guides runs, or says why it does not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from cargo_profile import fast_profile
from example_process import run_until_it_reports

from simulator import REPOSITORY, TOKEN, Simulator

READMES = [
    "README.md",
    "bindings-node/README.md",
    "docs/getting-started.md",
    "docs/which-resource.md",
    "cli/README.md",
    "core/README.md",
    "mirror/README.md",
    "packaging/README.md",
    "docs/sign-in.md",
    "docs/notifications.md",
    "docs/gaps.md",
    "docs/changes.md",
    "docs/mirror.md",
    "docs/many-drives.md",
    "docs/stores.md",
    "docs/scale.md",
    "docs/service.md",
    "docs/network.md",
    "docs/migration.md",
    "docs/observability.md",
    "docs/python.md",
    "docs/bundlers.md",
    "docs/site/content/index.mdx",
    "examples/python/README.md",
    "examples/node/README.md",
    *(
        page.relative_to(REPOSITORY).as_posix()
        for folder in ("errors", "events", "findings")
        for page in sorted((REPOSITORY / "docs" / folder).glob("*.md"))
    ),
]
# It ends by itself, without a change that it could report.
RUN_ONCE = "<!-- run-once -->"
NO_RUN = re.compile(r"<!-- no-run: (?P<reason>.+) -->")


@dataclass(frozen=True)
class Block:
    readme: str
    line: int
    language: str
    code: str
    no_run: str | None
    run_once: bool = False

    def __str__(self) -> str:
        return f"{self.readme}-{self.language}-at-line-{self.line}"


def code_blocks(readme: str, markdown: str) -> list[Block]:
    blocks = []
    previous, language, code, start = "", None, list[str](), 0
    for number, line in enumerate(markdown.splitlines(), 1):
        if language is not None and line == "```":
            marked = NO_RUN.fullmatch(previous)
            reason = marked["reason"] if marked else None
            run_once = previous == RUN_ONCE
            text = "\n".join(code) + "\n"
            blocks.append(Block(readme, start, language, text, reason, run_once))
            previous, language = line, None
        elif language is not None:
            code.append(line)
        elif line.startswith("```"):
            language, code, start = line.removeprefix("```"), [], number
        else:
            previous = line
    assert language is None, "a code block without an end"
    return blocks


def command_for_python(block: Block, directory: Path) -> list[str]:
    script = directory / "example.py"
    script.write_text(block.code)
    return [sys.executable, "-W", "error", str(script)]


def command_for_node(block: Block, directory: Path) -> list[str]:
    script = directory / "example.mjs"
    script.write_text(block.code)
    modules = directory / "node_modules"
    modules.mkdir()
    (modules / "drivebell").symlink_to(REPOSITORY / "bindings-node")
    return ["node", str(script)]


def command_for_rust(block: Block, _directory: Path) -> list[str]:
    # Inside the target directory, so that it shares the build products.
    name = f"{block.readme}-line-{block.line}".lower().replace("/", "-").replace(".", "-")
    package = REPOSITORY / "target/readme" / name
    (package / "src").mkdir(parents=True, exist_ok=True)
    (package / "src/main.rs").write_text(block.code)
    (package / "Cargo.toml").write_text(
        f"""
        [package]
        name = "{name}"
        edition = "2024"
        [dependencies]
        drivebell = {{ path = "{REPOSITORY}/core" }}
        drivebell-mirror = {{ path = "{REPOSITORY}/mirror" }}
        drivebell-store = {{ path = "{REPOSITORY}/store" }}
        futures-util = "0.3"
        tokio = {{ version = "1", features = ["macros", "rt-multi-thread"] }}
        [workspace]
        """
        + fast_profile()
    )
    # The versions of the workspace.
    (package / "Cargo.lock").write_bytes((REPOSITORY / "Cargo.lock").read_bytes())
    target = REPOSITORY / "target"
    manifest = package / "Cargo.toml"
    subprocess.run(
        ["cargo", "build", "-q", "--profile", "fast", "--manifest-path", manifest],
        env=os.environ | {"CARGO_TARGET_DIR": str(target)},
        check=True,
    )
    return [str(target / "fast" / name)]


EXAMPLES: dict[str, Callable[[Block, Path], list[str]]] = {
    "python": command_for_python,
    "js": command_for_node,
    "rust": command_for_rust,
}
BLOCKS = [
    block
    for readme in READMES
    for block in code_blocks(readme, (REPOSITORY / readme).read_text())
    # What a program prints: tests/extra/test_page_texts.py compares it.
    if block.language != "text"
]
RUNNABLE = [block for block in BLOCKS if block.no_run is None]


def test_every_block_can_be_run_or_says_why_not() -> None:
    assert {block.language for block in RUNNABLE} == {*EXAMPLES, "sh"}
    for block in BLOCKS:
        assert block.no_run is None or len(block.no_run) > 10, block


def test_an_unmarked_block_of_another_language_is_found() -> None:
    blocks = code_blocks("x.md", "<!-- no-run: reason -->\n```x\n1\n```\n\n```y\n2\n```\n")
    assert [(block.language, block.no_run) for block in blocks] == [("x", "reason"), ("y", None)]


PROGRAMS = [block for block in RUNNABLE if block.language in EXAMPLES]


@pytest.mark.parametrize("block", [block for block in PROGRAMS if block.run_once], ids=str)
def test_an_example_ends_by_itself(block: Block, tmp_path: Path) -> None:
    command = EXAMPLES[block.language](block, tmp_path)
    with Simulator() as simulator:
        result = subprocess.run(
            command,
            env=os.environ | {"GRAPH_URL": simulator.base_url, "GRAPH_TOKEN": TOKEN},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("block", [block for block in PROGRAMS if not block.run_once], ids=str)
def test_an_example_reports_a_change(block: Block, tmp_path: Path) -> None:
    with Simulator() as simulator:
        command = EXAMPLES[block.language](block, tmp_path)
        environment = {"GRAPH_URL": simulator.base_url, "GRAPH_TOKEN": TOKEN}
        # An example that prints items also prints those that existed before.
        expected = {
            "there from-the-readme.txt\n",
            "something changed in /me/drive/root\n",
            "something changed in /drives/b!team/root\n",
            "created /from-the-readme.txt\n",
            "/me/drive/root created /from-the-readme.txt\n",
            "/from-the-readme.txt\n",
        }
        # In its own folder, where it may make files.
        run_until_it_reports(
            command, environment, simulator, expected, "from-the-readme.txt", folder=tmp_path
        )


@pytest.mark.parametrize("block", [block for block in RUNNABLE if block.language == "sh"], ids=str)
def test_a_command_succeeds(block: Block) -> None:
    # The variables of the outer make would change the inner one.
    environment = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    result = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr

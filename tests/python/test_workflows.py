"""The workflows do what the Makefile does, for the platforms that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from simulator import REPOSITORY

FOLDER = REPOSITORY / ".github" / "workflows"
WORKFLOWS = {path.stem: YAML(typ="safe").load(path) for path in FOLDER.glob("*.yml")}
TARGETS: list[str] = json.loads((REPOSITORY / "bindings-node/package.json").read_text())["napi"][
    "targets"
]

MAKE_TARGET = re.compile(r"^(?:\.PHONY: )?([a-z][a-z-]*):", re.MULTILINE)
MAKE_CALL = re.compile(r"^ *make (.+)$", re.MULTILINE)
MODULE = re.compile(r"python3? -m ([a-z.]+)")


def steps(workflow: str) -> Iterator[dict[str, Any]]:
    for job in WORKFLOWS[workflow]["jobs"].values():
        yield from job["steps"]


def commands(workflow: str) -> str:
    return "\n".join(step["run"] for step in steps(workflow) if "run" in step)


def targets(workflow: str, job: str) -> list[str]:
    matrix = WORKFLOWS[workflow]["jobs"][job]["strategy"]["matrix"]
    return [row["target"] for row in matrix["include"]]


@pytest.mark.parametrize("workflow", WORKFLOWS)
def test_what_a_workflow_calls_is_there(workflow: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    known = set(MAKE_TARGET.findall(makefile))
    text = commands(workflow)
    for call in MAKE_CALL.findall(text):
        named = [word for word in call.split() if "=" not in word]
        assert named
        assert set(named) <= known, call
    for module in MODULE.findall(text):
        assert (REPOSITORY / f"{module.replace('.', '/')}.py").is_file(), module


@pytest.mark.parametrize(("workflow", "job"), [("release", "build"), ("cross-checks", "targets")])
def test_each_platform_is_built(workflow: str, job: str) -> None:
    assert sorted(targets(workflow, job)) == sorted(TARGETS)


def test_a_release_restores_no_cache() -> None:
    used = [step for step in steps("release") if "uses" in step]
    assert not [step for step in used if "cache" in step["uses"]]
    for step in used:
        if step["uses"].startswith("actions/setup-node@"):
            assert step["with"]["package-manager-cache"] is False
        if step["uses"].startswith("actions/setup-python@"):
            assert "cache" not in step["with"]


def test_nothing_leaves_in_a_dry_run() -> None:
    """All that may write or sign waits for `draft`, which runs only to publish."""
    jobs = WORKFLOWS["release"]["jobs"]
    assert jobs["draft"]["if"] == "inputs.publish"
    publish = WORKFLOWS["release"]["on"]["workflow_dispatch"]["inputs"]["publish"]
    assert publish["default"] is False
    for name, job in jobs.items():
        if any(scope == "write" for scope in job["permissions"].values()):
            assert "draft" in ancestors(name, jobs), name


def ancestors(name: str, jobs: dict[str, Any]) -> set[str]:
    """The job, and all that it waits for."""
    needed = jobs[name].get("needs", [])
    found = {name}
    for other in [needed] if isinstance(needed, str) else needed:
        found |= ancestors(other, jobs)
    return found

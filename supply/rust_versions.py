"""Whether each crate builds with the oldest Rust that it promises, as its dependencies say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Cargo's names of what is built for a crate's users. Its tests may need a newer Rust.
BUILT = (None, "build")


def problems(metadata: dict[str, Any]) -> Iterator[str]:
    """`metadata` is that of cargo, for the workspace."""
    packages = {package["id"]: package for package in metadata["packages"]}
    uses = {node["id"]: node["deps"] for node in metadata["resolve"]["nodes"]}
    for member in metadata["workspace_members"]:
        crate = packages[member]
        promised = crate["rust_version"]
        if promised is None:
            yield f"{crate['name']} has no rust-version"
            continue
        for other in sorted(_built(member, uses)):
            needed = packages[other]["rust_version"]
            if needed is not None and _numbers(needed) > _numbers(promised):
                name = f"{packages[other]['name']} {packages[other]['version']}"
                yield f"{crate['name']} promises Rust {promised}, and {name} needs {needed}"


def _built(root: str, uses: dict[str, list[dict[str, Any]]]) -> set[str]:
    found: set[str] = set()
    waiting = [root]
    while waiting:
        for dependency in uses[waiting.pop()]:
            is_built = any(kind["kind"] in BUILT for kind in dependency["dep_kinds"])
            if is_built and dependency["pkg"] not in found:
                found.add(dependency["pkg"])
                waiting.append(dependency["pkg"])
    return found


def _numbers(version: str) -> tuple[int, ...]:
    """As Cargo reads it: 1.89 is 1.89.0."""
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *[0] * (3 - len(numbers)))

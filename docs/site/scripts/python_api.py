"""The public names of the Python packages: signatures from the sources, docstrings too.

Docstrings of the native module stand in Rust, so they come from the installed package.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

import griffe

Documented = griffe.Class | griffe.Function | griffe.Attribute

REPOSITORY = Path(__file__).resolve().parents[3]
NATIVE = "drivebell._native"


class Api:
    def __init__(self) -> None:
        folders = [REPOSITORY / "bindings-python/python", REPOSITORY / "simulator/python"]
        loader = griffe.GriffeLoader(search_paths=folders, allow_inspection=False)
        for package in ("drivebell", "drivebell_simulator"):
            loader.load(package)
        loader.resolve_aliases(external=False)
        self._modules = loader.modules_collection

    def exported(self, module: str) -> set[str]:
        """What is in its `__all__`."""
        return {str(name) for name in self._modules[module].exports or ()}

    def module_docstring(self, module: str) -> str:
        return docstring(self._modules[module])

    def find(self, module: str, name: str) -> Documented:
        return _target(self._modules[module][name])

    def members(self, owner: Documented, public: set[str]) -> Iterator[Documented]:
        """Its public members, then those of base classes that are not public themselves."""
        if not isinstance(owner, griffe.Class):
            return
        for name, member in (owner.members | owner.inherited_members).items():
            if name.startswith("_"):
                continue
            target = _target(member)
            base = target.parent
            if base is None or base is owner or base.path not in public:
                yield target


def _target(member: griffe.Object | griffe.Alias) -> Documented:
    target = member.final_target if isinstance(member, griffe.Alias) else member
    assert isinstance(target, Documented), target
    return target


def docstring(documented: griffe.Object) -> str:
    if documented.docstring is not None:
        return documented.docstring.value
    if documented.module.path == NATIVE:
        return _native_docstring(documented)
    return ""


def _native_docstring(documented: griffe.Object) -> str:
    found: object = importlib.import_module(NATIVE)
    for name in documented.path.removeprefix(f"{NATIVE}.").split("."):
        found = getattr(found, name)
    return inspect.getdoc(found) or ""

"""What `help()` shows of the package."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Iterator
from types import ModuleType

import drivebell
import pytest
from drivebell import sync


def public_classes(module: ModuleType) -> Iterator[type]:
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value):
            yield value


CLASSES = [*public_classes(drivebell), *public_classes(sync)]


def own_documentation(cls: type) -> str:
    """The class's own docstring, and not one that it inherits or that dataclass generates."""
    documentation = vars(cls).get("__doc__") or ""
    return "" if documentation.startswith(f"{cls.__name__}(") else documentation


def public_members(cls: type) -> Iterator[tuple[str, object]]:
    """The members that the package defines, without those of builtin base classes."""
    for base in cls.__mro__:
        if base.__module__.startswith("drivebell"):
            yield from ((name, value) for name, value in vars(base).items() if name[0] != "_")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_every_public_class_and_member_is_documented(cls: type) -> None:
    assert own_documentation(cls)
    for name, value in public_members(cls):
        if callable(value) or inspect.isdatadescriptor(value) or isinstance(value, staticmethod):
            assert (inspect.getdoc(value) or "").strip(), name
        else:
            assert is_described(cls, name), f"{name} has no docstring of its own: describe it above"


def test_every_attribute_of_an_error_is_documented() -> None:
    attributes = vars(drivebell.Error())
    assert len(attributes) == 13
    for name in attributes:
        assert is_described(drivebell.Error, name), name


def is_described(cls: type, name: str) -> bool:
    """Whether the docstring of a class has an entry for an attribute that cannot have its own."""
    return any(f"- `{name}`: " in own_documentation(base) for base in cls.__mro__)


def test_the_help_of_a_batch_says_how_to_keep_a_copy() -> None:
    text = pydoc.plain(pydoc.render_doc(drivebell.ChangeBatch))
    for rule in ("at least once", "Store the checkpoint after the items", "Mark and sweep"):
        assert rule in text
    for attribute in ("items", "checkpoint", "trigger", "caught_up", "snapshot", "resync_code"):
        assert f"{attribute}\n |      " in text
    for trigger in ("start", "hint", "resync", "poll", "safety", "lag"):
        assert f'- `"{trigger}"`: ' in text

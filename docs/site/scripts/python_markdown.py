"""Entries of the Python reference, as Markdown."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import griffe
from python_api import REPOSITORY, Api, Documented, docstring
from python_links import Links
from python_pages import MADE_BY_METHODS

GITHUB = "https://github.com/drivebell/drivebell/blob/main"
WIDTH = 80
# What a class can be used with, by its methods and base classes.
PROTOCOLS = {
    "async with": {"__aenter__"},
    "with": {"__enter__"},
    "await": {"__await__"},
    "async for": {"__aiter__", "AsyncIterator", "AsyncIterable"},
    "for": {"__iter__", "Iterator", "Iterable"},
    "len()": {"__len__"},
    "in": {"__contains__"},
    "[…]": {"__getitem__"},
}
MARKERS: dict[griffe.ParameterKind | None, str] = {
    griffe.ParameterKind.var_positional: "*",
    griffe.ParameterKind.var_keyword: "**",
}


class Entries:
    def __init__(self, api: Api, links: Links, public: set[str]) -> None:
        self._api = api
        self._links = links
        self._public = public

    def of(self, module: str, name: str) -> str:
        documented = self._api.find(module, name)
        return "\n\n".join(part for part in self._parts(documented, module, name) if part)

    def _parts(self, documented: Documented, module: str, name: str) -> Iterator[str]:
        yield f"## {name}"
        if isinstance(documented, griffe.Class):
            yield from self._class_parts(documented, module, name)
        elif isinstance(documented, griffe.Function):
            yield _code(_signatures(documented, name))
            yield self._text(documented, module, name)
        else:
            yield _code([f"{name} = {documented.value}"])
            yield self._text(documented, module, name)

    def _class_parts(self, owner: griffe.Class, module: str, name: str) -> Iterator[str]:
        constructor = self._constructor(owner)
        made = (
            [_signature(each, name) for each in _overloads(constructor)] if constructor else [name]
        )
        yield _code([f"class {signature}" for signature in made])
        yield self._text(owner, module, name)
        # That of a dataclass has no docstring of its own.
        if constructor is not None and constructor.docstring is not None:
            yield self._text(constructor, module, name)
        yield self._links.in_docstring(" · ".join(self._facts(owner)), module, name).strip()
        rows, entries = [], []
        for member in self._api.members(owner, self._public):
            entry = f"{name}.{member.name}"
            text = self._text(member, module, entry)
            if isinstance(member, griffe.Function):
                entries += [f"### {entry}", _code(_signatures(member, member.name)), text]
            elif has_entry(member):
                entries += [f"### {entry}", _code([f"{member.name}: {_type_of(member)}"]), text]
            # Otherwise the docstring of the class tells of it.
            elif text or f"`{member.name}`" not in docstring(owner):
                kind = _in_table(f"`{_type_of(member)}`") if _type_of(member) else ""
                rows.append(f"| `{member.name}` | {kind} | {_in_table(text)} |")
        if rows:
            yield "\n".join(["| attribute | type | meaning |", "|---|---|---|", *rows])
        yield from entries

    def _facts(self, owner: griffe.Class) -> Iterator[str]:
        """Its base classes, what it can be used with, and where its source is."""
        bases = list(self._bases(owner))
        if bases:
            yield "Derives from " + ", ".join(f"`{base}`" for base in bases)
        known = {*owner.all_members, *map(_last_name, _all_bases(owner))}
        used_with = [f"`{text}`" for text, names in PROTOCOLS.items() if known & names]
        if used_with:
            yield "Use with " + ", ".join(used_with)
        if isinstance(owner.filepath, Path) and owner.filepath.suffix == ".py":
            yield f"[Source]({GITHUB}/{owner.filepath.relative_to(REPOSITORY)}#L{owner.lineno})"

    def _bases(self, owner: griffe.Class) -> Iterator[str]:
        """Those that a user can name."""
        for path in _base_paths(owner):
            if path in self._public:
                yield _last_name(path)
            elif hasattr(builtins, path.removeprefix("builtins.")):
                yield path

    def _constructor(self, owner: griffe.Class) -> griffe.Function | None:
        """Unless a base class with an entry of its own has it, or methods make the objects."""
        if owner.name in MADE_BY_METHODS:
            return None
        for name in ("__init__", "__new__"):
            found = owner.all_members.get(name)
            if found is not None:
                target = found.final_target if isinstance(found, griffe.Alias) else found
                assert isinstance(target, griffe.Function), target
                base = target.parent
                is_inherited = base is not None and base is not owner and base.path in self._public
                return None if is_inherited else target
        return None

    def _text(self, documented: Documented, module: str, here: str) -> str:
        return self._links.in_docstring(docstring(documented), module, here).strip()


def has_entry(member: Documented) -> bool:
    """Whether it has a heading of its own: what needs one line only is a row of a table."""
    return isinstance(member, griffe.Function) or "\n\n" in docstring(member)


def _all_bases(owner: griffe.Class) -> Iterator[str]:
    for each in (owner, *owner.mro()):
        yield from _base_paths(each)


def _base_paths(owner: griffe.Class) -> Iterator[str]:
    for base in owner.bases:
        yield re.sub(r"\[.*", "", base if isinstance(base, str) else base.canonical_path)


def _last_name(path: str) -> str:
    return path.rpartition(".")[2]


def _overloads(function: griffe.Function) -> list[griffe.Function]:
    return function.overloads or [function]


def _signatures(function: griffe.Function, name: str) -> list[str]:
    prefix = "async def " if "async" in function.labels else "def "
    decorators = [
        f"@{label}\n" for label in ("staticmethod", "classmethod") if label in function.labels
    ]
    return [
        "".join(decorators) + prefix + _signature(each, name) + _returned(each)
        for each in _overloads(function)
    ]


def _returned(function: griffe.Function) -> str:
    return "" if function.returns is None else f" -> {function.returns}"


def _signature(function: griffe.Function, name: str) -> str:
    parameters = list(_parameters(function))
    line = f"{name}({', '.join(parameters)})"
    if len(line) + len(_returned(function)) <= WIDTH or not parameters:
        return line
    return "\n".join([f"{name}(", *(f"    {parameter}," for parameter in parameters), ")"])


def _parameters(function: griffe.Function) -> Iterator[str]:
    parameters = list(function.parameters)
    if (
        parameters
        and parameters[0].name in ("self", "cls")
        and "staticmethod" not in function.labels
    ):
        parameters = parameters[1:]
    previous = None
    for parameter in parameters:
        is_named = parameter.kind is griffe.ParameterKind.keyword_only
        was_named = previous in (
            griffe.ParameterKind.keyword_only,
            griffe.ParameterKind.var_positional,
        )
        if previous is griffe.ParameterKind.positional_only and parameter.kind is not previous:
            yield "/"
        if is_named and not was_named:
            yield "*"
        yield _parameter(parameter)
        previous = parameter.kind
    if previous is griffe.ParameterKind.positional_only:
        yield "/"


def _parameter(parameter: griffe.Parameter) -> str:
    text = MARKERS.get(parameter.kind, "") + parameter.name
    if parameter.annotation is not None:
        text += f": {parameter.annotation}"
    if parameter.default is not None and parameter.kind not in MARKERS:
        text += (
            f" = {parameter.default}"
            if parameter.annotation is not None
            else f"={parameter.default}"
        )
    return text


def _type_of(member: Documented) -> str:
    annotation = member.annotation if isinstance(member, griffe.Attribute) else None
    return "" if annotation is None else str(annotation)


def _code(signatures: list[str]) -> str:
    return "```python\n" + "\n".join(signatures) + "\n```"


def _in_table(text: str) -> str:
    return re.sub(r"\n\n+", "<br><br>", text).replace("\n", " ").replace("|", "\\|")

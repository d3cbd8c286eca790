"""What the pages in docs have in common."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Template

from .paths import REPOSITORY
from .programs import Program

_LANGUAGES = {".rs": ("rust", "//"), ".py": ("python", "#"), ".mjs": ("js", "//")}
"""By suffix: the name after a fence, and how a comment begins."""


def fill(template: Path, **values: object) -> str:
    return Template(template.read_text()).substitute(values)


def grid(head: list[str], lines: Iterable[list[str]], *, numbers: bool = False) -> str:
    """A table. `numbers` aligns all columns but the first to the right."""
    other = "---:" if numbers else "---"
    rows = [head, ["---", *[other] * (len(head) - 1)], *lines]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def setups(clients: Iterable[tuple[str, Program]], page: Path) -> str:
    """How each client is set up. Clients of one program share a section."""
    named: dict[Program, list[str]] = {}
    for name, program in clients:
        named.setdefault(program, []).append(name)
    return "\n".join(
        f"{', '.join(names)} ([the program]({_link(program.source, page)})):\n\n"
        f"{_excerpt(program)}\n"
        for program, names in named.items()
    )


def _link(target: Path, page: Path) -> Path:
    up = len(page.relative_to(REPOSITORY).parents) - 1
    return Path(*[".."] * up) / target.relative_to(REPOSITORY)


def _excerpt(program: Program) -> str:
    language, comment = _LANGUAGES[program.source.suffix]
    parts = "\n\n".join(
        "\n".join(_parts(source.read_text(), comment)) for source in program.sources
    )
    return f"<!-- no-run: a part of a benchmark's program -->\n```{language}\n{parts}\n```"


def _parts(text: str, comment: str) -> Iterator[str]:
    """The source between the marks, without the code that measures."""
    begin, end = f"{comment} Setup:", f"{comment} End of setup."
    for number, part in enumerate(text.split(begin)[1:]):
        lines = part.split(end)[0].rpartition("\n")[0].removeprefix("\n")
        between = "\n" if number and not lines.startswith(" ") else ""
        yield between + textwrap.dedent(lines).rstrip()

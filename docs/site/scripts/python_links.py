"""Links in docstrings: to the entries of other names, and to pages of the site."""

from __future__ import annotations

import re
from dataclasses import dataclass

BASE = "/drivebell/"
REFERENCE = f"{BASE}reference/python/"

CODE = re.compile(r"`(?:drivebell\.)?(?P<name>[A-Za-z_][\w.]*)(?:\(\))?`")
DOCUMENT = re.compile(r"\bdocs/(?P<slug>[\w/-]+)\.md\b")
INDENTED = re.compile(r"^ {4}")


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading of letters, digits, `_` and `.`."""
    return heading.lower().replace(".", "")


@dataclass(frozen=True)
class Links:
    """Where each name has its entry: by module, then by name."""

    entries: dict[str, dict[str, str]]

    def in_docstring(self, text: str, module: str, here: str) -> str:
        """The text as Markdown: examples fenced, and names linked, except that of its own entry."""
        lines: list[str] = []
        for part, is_code in _parts(text):
            if is_code:
                lines += ["```python", *part, "```"]
            else:
                lines += [self._linked(line, module, here) for line in part]
        return "\n".join(lines)

    def _linked(self, line: str, module: str, here: str) -> str:
        def of_name(found: re.Match[str]) -> str:
            name = found["name"]
            target = self._entry(name, module, here)
            return found[0] if target is None or name == here else f"[{found[0]}]({target})"

        def of_document(found: re.Match[str]) -> str:
            slug = found["slug"]
            return f"[{slug.rpartition('/')[2]}]({BASE}{slug}/)"

        return DOCUMENT.sub(of_document, CODE.sub(of_name, line))

    def _entry(self, name: str, module: str, here: str) -> str | None:
        """A name without its class is an entry beside this one, or a name of the module."""
        beside = f"{here.partition('.')[0]}.{name}"
        found = self.entries[module].get(beside)
        if found is not None and found.endswith(f"#{anchor(beside)}"):
            return found
        return self.entries[module].get(name) or self.entries["drivebell"].get(name)


def _parts(text: str) -> list[tuple[list[str], bool]]:
    """The lines of a docstring, with those of examples apart. An example is indented by four, after
    an empty line; in a list, that is what a list item says further."""
    parts: list[tuple[list[str], bool]] = []
    in_list = False
    previous = ""
    for line in text.splitlines():
        was_code = bool(parts) and parts[-1][1]
        begins = INDENTED.match(line) and not previous.strip() and not in_list
        is_code = bool(begins) or (was_code and (bool(INDENTED.match(line)) or not line.strip()))
        if line.strip() and not line.startswith(" "):
            in_list = line.startswith(("- ", "* "))
        if not parts or is_code != was_code:
            parts.append(([], is_code))
        parts[-1][0].append(INDENTED.sub("", line) if is_code else line)
        previous = line
    for lines, is_code in parts:
        while is_code and not lines[-1].strip():
            lines.pop()
    return [(lines if is_code else [*lines, ""], is_code) for lines, is_code in parts]

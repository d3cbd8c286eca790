"""README.pt-BR.md says the same as README.md."""

from __future__ import annotations

from test_documents import LINK, without_code
from test_readme import code_blocks

from simulator import REPOSITORY

ENGLISH, PORTUGUESE = (
    (REPOSITORY / name).read_text(encoding="utf-8") for name in ("README.md", "README.pt-BR.md")
)
OF_THE_TRANSLATION = "https://github.com/drivebell/drivebell/blob/main/README.pt-BR.md"
OF_THE_ORIGINAL = "https://github.com/drivebell/drivebell/blob/main/README.md"


def codes(markdown: str) -> list[tuple[str, str]]:
    return [(block.language, block.code) for block in code_blocks("README", markdown)]


def test_the_code_is_the_same() -> None:
    assert codes(PORTUGUESE) == codes(ENGLISH)
    assert len(codes(ENGLISH)) == 5


def test_it_has_the_same_links_in_the_same_order() -> None:
    expected = [link.replace(OF_THE_TRANSLATION, OF_THE_ORIGINAL) for link in links(ENGLISH)]
    assert links(PORTUGUESE) == expected
    assert OF_THE_TRANSLATION in links(ENGLISH)


def links(markdown: str) -> list[str]:
    return LINK.findall(without_code(markdown))


def test_it_has_the_same_form() -> None:
    def form(markdown: str) -> list[str]:
        """The headings, list items and rows of tables, without their texts."""
        lines = (line.split(" ")[0] for line in without_code(markdown).splitlines())
        return [sign for sign in lines if sign.startswith(("#", "-", "|")) or sign.endswith(".")]

    assert form(PORTUGUESE) == form(ENGLISH)

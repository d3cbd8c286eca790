"""How the documents become pages of the site, and what must fail its build."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from npm_programs import FOLDER

from simulator import REPOSITORY

SCRIPTS = REPOSITORY / "docs/site/scripts"


def convert(markdown: str, document: str = "docs/mirror.md") -> subprocess.CompletedProcess[str]:
    command = ["node", str(FOLDER / "convert.mjs"), document]
    return subprocess.run(
        command, input=markdown, capture_output=True, text=True, timeout=60, check=False
    )


def page(markdown: str, document: str = "docs/mirror.md") -> str:
    converted = convert(markdown, document)
    assert converted.returncode == 0, converted.stderr
    return converted.stdout


def test_a_page_has_its_title_description_and_source() -> None:
    head = page('# The "tree"\n\nIt keeps `a` tree. And more.\n').partition("---\n\n")[0]
    assert 'title: "The \\"tree\\""' in head
    assert 'description: "It keeps a tree."' in head
    assert '"https://github.com/drivebell/drivebell/edit/main/docs/mirror.md"' in head


def test_the_description_is_no_introduction() -> None:
    text = page("# A\n\n## B\n\nIn Python:\n\n```text\na\n```\n\nIt is `a` file. More.\n")
    assert 'description: "It is a file."' in text
    assert "description" not in page("# A\n\n## B\n\nIn Python:\n")


def test_long_lines_of_output_wrap() -> None:
    assert "```text wrap\n" in page(f"# A\n\n```text\n{'long ' * 30}\n```\n")
    assert "```text\n" in page("# A\n\n```text\n+---+\n```\n")


def test_nobody_edits_a_generated_page() -> None:
    assert "editUrl: false" in page("<!-- Written by `make generate`; do not edit. -->\n\n# A\n")


def test_code_in_several_languages_becomes_tabs() -> None:
    text = page("# A\n\n```python\na\n```\n\n<!-- no-run: reason -->\n```js\nb\n```\n\nText\n")
    assert "import { TabItem, Tabs } from '@astrojs/starlight/components'" in text
    assert text.count('<Tabs syncKey="lang">') == 1
    assert '<TabItem label="Python">' in text
    assert '<TabItem label="Node">' in text
    assert "no-run" not in text


@pytest.mark.parametrize("between", ["Text\n", "```python\nb\n```\n"])
def test_other_code_stays_as_it_is(between: str) -> None:
    text = page(f"# A\n\n```python\na\n```\n\n{between}\nText\n\n```js\nc\n```\n")
    assert "Tabs" not in text


@pytest.mark.parametrize(
    ("link", "target"),
    [
        ("changes.md#gaps", "/drivebell/changes/#gaps"),
        ("performance/delta.md", "/drivebell/performance/delta/"),
        ("../CONTRIBUTING.md", "/drivebell/contributing/"),
        ("../examples/node", "https://github.com/drivebell/drivebell/tree/main/examples/node"),
        ("../LICENSE-MIT", "https://github.com/drivebell/drivebell/blob/main/LICENSE-MIT"),
        ("https://github.com/drivebell/drivebell/blob/main/THREATS.md", "/drivebell/threats/"),
        ("#here", "#here"),
        ("https://example.com/a.md", "https://example.com/a.md"),
    ],
)
def test_links_lead_to_the_site_or_to_the_repository(link: str, target: str) -> None:
    assert f"]({target})" in page(f"# A\n\n[text]({link})\n")


@pytest.mark.parametrize(
    "folder", ["", "https://raw.githubusercontent.com/drivebell/drivebell/main/docs/"]
)
def test_an_image_of_the_repository_is_one_of_the_site(folder: str) -> None:
    assert "![text](./simulator.png)" in page(f"# A\n\n![text]({folder}simulator.png)\n")


def test_a_link_to_nothing_is_refused_by_its_name() -> None:
    refused = convert("# A\n\n[text](none.md)\n")
    assert refused.returncode != 0
    assert "docs/mirror.md: the link none.md leads to docs/none.md" in refused.stderr


def test_braces_and_angles_are_text() -> None:
    assert "\\{a} \\<b" in page("# A\n\n{a} \\<b\n")


def test_other_html_is_refused_by_its_line() -> None:
    refused = convert("# A\n\n<details>\n")
    assert refused.returncode != 0
    assert "docs/mirror.md:3: the site cannot show <details>" in refused.stderr


def test_an_alert_becomes_an_aside() -> None:
    text = page("# A\n\n> [!WARNING]\n> Careful.\n")
    assert '<Aside type="caution">' in text
    assert "Careful." in text


@pytest.mark.parametrize(
    ("pages", "problem"),
    [
        ("[...known, 'lost']", "has no place for lost"),
        ("[...known].filter((page) => page !== 'gaps')", "names gaps, which is no page of docs"),
        (
            "[...known].filter((page) => !page.startsWith('errors'))",
            "names errors, which is no page",
        ),
    ],
)
def test_sidebar_and_pages_belong_together(pages: str, problem: str) -> None:
    code = f"""
        import {{ sidebar }} from {json.dumps(str(SCRIPTS / "sidebar.mjs"))}
        import {{ sources }} from {json.dumps(str(SCRIPTS / "sources.mjs"))}
        const known = [...sources().values()]
        sidebar({{}}, known)
        sidebar({{}}, {pages})
    """
    command = ["node", "--input-type=module", "--eval", code]
    refused = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert refused.returncode != 0
    assert f"docs/site/scripts/sidebar.mjs {problem}" in refused.stderr


@pytest.mark.parametrize(
    ("link", "leads_somewhere"),
    [
        ("/drivebell/", True),
        ("/drivebell/none/", False),
        ("/", False),
        ("https://drivebell.github.io/drivebell/none/", False),
        ("https://github.com/drivebell/drivebell/blob/main/README.md#install", True),
        ("https://github.com/drivebell/drivebell/blob/main/none.md", False),
        ("https://example.com/", True),
        ("#here", True),
    ],
)
def test_a_dead_link_of_the_built_site_is_found(
    link: str, leads_somewhere: bool, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text(f'<a class="x" href="{link}">text</a>')
    command = ["node", str(SCRIPTS / "check.mjs"), str(tmp_path)]
    checked = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (checked.returncode == 0) == leads_somewhere
    assert leads_somewhere or f"index.html: {link}" in checked.stderr

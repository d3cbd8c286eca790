"""The examples of the documents that ask a person, with somebody who signs in at a local identity
service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from example_process import run_until_it_reports
from identity import Identity
from test_readme import Block, code_blocks

from simulator import REPOSITORY

DOCUMENTS = ["docs/getting-started.md", "docs/credentials.md"]
BLOCKS = [
    block
    for document in DOCUMENTS
    for block in code_blocks(document, (REPOSITORY / document).read_text())
    if block.language == "python" and block.no_run and Path(__file__).name in block.no_run
]

# msal asks Microsoft whether an authority is one, which a local one is not.
TRUST_ANY_AUTHORITY = """
import msal

init = msal.PublicClientApplication.__init__


def init_without_discovery(self, *arguments, **options):
    init(self, *arguments, **options | {"instance_discovery": False})


msal.PublicClientApplication.__init__ = init_without_discovery
"""


def test_every_document_has_an_example() -> None:
    assert {block.readme for block in BLOCKS} == set(DOCUMENTS)


@pytest.fixture
def identity() -> Iterator[Identity]:
    options = ("--device-code-interval", "1", "--sign-in-takes", "1500")
    with Identity(options) as identity:
        yield identity


def run(block: Block, identity: Identity, folder: Path) -> None:
    """Runs a program until it reports a change."""
    (folder / "example.py").write_text(block.code)
    (folder / "sitecustomize.py").write_text(TRUST_ANY_AUTHORITY)
    run_until_it_reports(
        [sys.executable, "-W", "error", folder / "example.py"],
        {
            "PYTHONPATH": str(folder),
            "GRAPH_URL": identity.base_url,
            "AZURE_AUTHORITY_HOST": identity.authority,
            "AUTHORITY_URL": f"{identity.authority}/common",
            "REQUESTS_CA_BUNDLE": identity.ca,
        },
        identity,
        {"something changed in /me/drive/root\n"},
        "from-the-example.txt",
    )


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_an_example_asks_once(block: Block, identity: Identity, tmp_path: Path) -> None:
    run(block, identity, tmp_path)
    assert identity.prompts() == 1


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_an_example_waits_for_somebody_who_is_slow(
    block: Block, identity: Identity, tmp_path: Path
) -> None:
    """Slower than `credential_timeout`, as somebody who takes two minutes is for its default."""
    hurried = block.code.replace("Client(credential,", "Client(credential, credential_timeout=0.1,")
    assert hurried != block.code
    run(Block(block.readme, block.line, block.language, hurried, None), identity, tmp_path)
    assert identity.prompts() == 1

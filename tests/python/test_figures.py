"""The figures that the READMEs and the guides repeat are those of the measured pages."""

from __future__ import annotations

import re

import pytest

from simulator import REPOSITORY

LINK = re.compile(r"\]\([^)]*\)")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
EVENTS = "performance.md#as-fast-as-a-socket-takes-it"
READMES = ["README.md", "README.pt-BR.md"]


def text_of(document: str) -> str:
    return (REPOSITORY / document).read_text(encoding="utf-8")


def cells(line: str) -> list[str]:
    return [cell.strip().replace("**", "") for cell in line.strip().strip("|").split("|")]


def rows_of(text: str) -> list[list[str]]:
    """The first table of a text, with its heading and without the line below that."""
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines is not None
    heading, _, *rows = lines[0].splitlines()
    return [cells(heading), *map(cells, rows)]


def section(document: str, heading: str | None) -> str:
    text = text_of(document)
    return text if heading is None else text.partition(f"\n## {heading}\n")[2]


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def figure(document: str, heading: str | None, row: str, column: str) -> float:
    """The first number in a cell of a measured page."""
    titles, *rows = rows_of(section(document, heading))
    [found] = [cells for cells in rows if cells[0] == row]
    return numbers(found[titles.index(column)])[0]


def of_faults(column: str) -> float:
    return figure("docs/faults.md", None, "Never recovered, of 33", column)


def of_drift(client: str) -> float:
    return figure("docs/drift.md", None, client, "wrong after an hour")


def of_events(client: str) -> float:
    heading = "As fast as a socket takes it"
    return figure("docs/performance.md", heading, client, "CPU µs per event")


def of_idle(client: str, column: str = "KB per session") -> float:
    return figure("docs/performance.md", "Many idle sessions", client, column)


def of_delta(client: str) -> float:
    return figure("docs/performance/delta.md", None, client, "CPU µs per item")


def compared() -> dict[str, list[float]]:
    """The numbers in the rows of the table beside the alternatives, by the page that each links."""
    drivebell_faults = {of_faults(f"drivebell, {name}") for name in ("Rust", "Python", "Node")}
    drivebell_drift = {of_drift(f"drivebell, {name}") for name in ("Rust", "Python", "Node")}
    assert (len(drivebell_faults), len(drivebell_drift)) == (1, 1)
    return {
        "faults/": [
            33,
            of_faults("python-socketio"),
            of_faults("socket.io-client"),
            *drivebell_faults,
        ],
        "drift/": [
            of_drift("the documented loop, Python"),
            of_drift("msgraph-sdk, Python"),
            of_drift("microsoft-graph-client, Node"),
            *drivebell_drift,
        ],
        "performance/#as-fast-as-a-socket-takes-it": [
            of_events("python-socketio, asyncio"),
            of_events("socket.io-client"),
            of_events("drivebell, Python, async for"),
            of_events("drivebell, Node, for await"),
        ],
        "performance/#many-idle-sessions": [
            of_idle("python-socketio, asyncio"),
            of_idle("socket.io-client"),
            of_idle("drivebell, Python, handler"),
            of_idle("drivebell, Node, on"),
        ],
        "performance/delta/": [
            of_delta("aiohttp + orjson, Python"),
            of_delta("fetch + JSON.parse, Node"),
            of_delta("msgraph-sdk, Python"),
            of_delta("microsoft-graph-client, Node"),
            of_delta("drivebell, Python"),
            of_delta("drivebell, Node"),
        ],
    }


def in_english(readme: str, text: str) -> str:
    """Portuguese writes 3.663,36."""
    if "pt-BR" not in readme:
        return text
    return re.sub(r"(?<=\d)[.,](?=\d)", lambda sign: ",."[sign[0] == ","], text)


@pytest.mark.parametrize("readme", READMES)
def test_the_table_beside_the_alternatives_has_the_measured_figures(readme: str) -> None:
    lines = [line for line in text_of(readme).splitlines() if line.startswith("| ")]
    for page, expected in compared().items():
        [line] = [line for line in lines if f"/drivebell/{page})" in line]
        assert numbers(in_english(readme, LINK.sub("", line))) == expected, page


@pytest.mark.parametrize("readme", READMES)
def test_every_other_row_of_the_table_has_no_figure(readme: str) -> None:
    """A figure without a page that proves it would be a claim."""
    lines = text_of(readme).splitlines()
    [start] = [number for number, line in enumerate(lines) if line.startswith("| | webhooks |")]
    rows = [line for line in lines[start + 2 : start + 10] if line.startswith("| ")]
    assert len(rows) == 8
    assert len([line for line in rows if numbers(LINK.sub("", line))]) == len(compared())


def test_the_costs_of_many_drives_are_the_measured_ones() -> None:
    clients = ("drivebell, Rust", "drivebell, Python, handler", "drivebell, Node, on")
    growth = rows_of(section("docs/performance.md", "As the number of sessions grows"))
    many = [row for client in clients for row in growth if row[:2] == [client, "5,000"]]
    memory, reconnected = (growth[0].index(name) for name in ("memory MB", "all reconnected, s"))
    _, *rows = rows_of(section("docs/many-drives.md", "What it costs"))
    assert [numbers(" ".join(row[1:])) for row in rows] == [
        [of_idle(client) for client in clients],
        [of_idle(client, "5,000 connect, s") for client in clients],
        [numbers(row[memory])[0] for row in many],
        [numbers(row[reconnected])[0] for row in many],
    ]
    pings = [of_idle(client, "CPU µs per ping") for client in clients]
    assert f"{min(pings):.0f} to {max(pings):.0f} µs" in text_of("docs/many-drives.md")
    assert "19,000 sessions in one process, in Rust" in text_of("docs/performance.md")


def test_the_figures_of_the_migration_are_the_measured_ones() -> None:
    text = text_of("docs/migration.md")
    node, python = of_faults("socket.io-client"), of_faults("python-socketio")
    assert f"`socket.io-client` never recovers from {node:.0f} of them" in text
    assert f"and `python-socketio` from {python:.0f}." in text
    assert f"three times the CPU time for an event]({EVENTS}) in Node, and twenty-four" in text
    heading = "As fast as a socket takes it"
    for client, times in (("drivebell, Node, on", 3), ("drivebell, Python, async for", 24)):
        column = "less CPU, times"
        assert round(figure("docs/performance.md", heading, client, column)) == times
    loop, drivebell = of_drift("the documented loop, Python"), of_drift("drivebell, Python")
    assert f"[{loop:.0f} wrong rows of 322 after an hour](drift.md)" in text
    assert "The drive has 322 items then." in text_of("docs/drift.md")
    assert f"That of `client.changes` had {drivebell:.0f}, and none after its audit." in text

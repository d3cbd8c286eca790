"""Runs the demo, and draws what it prints as an animated picture of a terminal.

Run it with `make demo-svg`, which writes docs/demo.svg. Each line appears when the demo printed it,
or a little later, because the demo is faster than a reader. The picture follows the colours that
the reader prefers, light or dark, and shows everything at once where pictures do not move.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

ROOT = Path(__file__).resolve().parents[1]
COMMAND = "make demo"
TYPING = 1.0
"""Seconds from the prompt to the first line, so that a reader sees the command first."""
READING = 0.25
"""Seconds between two lines, at least."""

LETTER = 7.8
LINE = 20
MARGIN = 18
BAR = 34

# The parts of a line that have a colour.
PARTS = re.compile(
    r"(?P<change>^[a-z].*:$)"
    r"|(?P<language>\b(?:Rust|Python|Node)\b)"
    r"|(?P<figure>\d+\.\d+ m?s\b)"
    r"|(?P<quiet>http://\S+|from the event to the handler)"
)

STYLE = """
text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  fill: var(--text); white-space: pre; animation: show 1ms backwards; }
.window { fill: var(--window); stroke: var(--edge); }
.command, .change { font-weight: 600; }
.language { fill: var(--language); }
.figure { fill: var(--figure); }
.quiet, .prompt { fill: var(--quiet); }
svg { --text: #1f2328; --window: #f6f8fa; --edge: #d1d9e0; --language: #0550ae; --figure: #116329;
  --quiet: #59636e; }
@media (prefers-color-scheme: dark) {
  svg { --text: #e6edf3; --window: #161b22; --edge: #3d444d; --language: #79c0ff; --figure: #7ee787;
    --quiet: #9198a1; }
}
@media (prefers-reduced-motion: reduce) { text { animation: none; } }
@keyframes show { from { opacity: 0; } }
"""


@dataclass(frozen=True)
class Line:
    at: float
    """Seconds since the demo began."""
    text: str


def record() -> Iterator[Line]:
    """Runs the demo and says when it printed what."""
    # Not buffered, or all lines would come at the end.
    command = [sys.executable, "-u", str(ROOT / "demo" / "run.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        started = time.monotonic()
        assert demo.stdout is not None
        for line in demo.stdout:
            yield Line(time.monotonic() - started, line.rstrip("\n"))
    if demo.returncode != 0:
        sys.exit(f"FAILED: the demo ended with {demo.returncode}")


def coloured(text: str) -> str:
    """The line as SVG, with a class for each part that has a colour."""
    drawn, end = [], 0
    for part in PARTS.finditer(text):
        drawn.append(escape(text[end : part.start()]))
        drawn.append(f'<tspan class="{part.lastgroup}">{escape(part[0])}</tspan>')
        end = part.end()
    return "".join((*drawn, escape(text[end:])))


def draw(lines: Iterable[Line]) -> str:
    lines = list(lines)
    width = round(max(len(line.text) for line in lines) * LETTER + 2 * MARGIN)
    height = BAR + (len(lines) + 1) * LINE + MARGIN
    spoken = f"{COMMAND} in a terminal: " + " ".join(line.text.strip() for line in lines)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" role="img" aria-label={quoteattr(spoken)}>',
        f"<style>{STYLE}</style>",
        f'<rect class="window" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
    ]
    lights = ("#ff5f57", "#febc2e", "#28c840")
    drawn += [
        f'<circle cx="{MARGIN + 20 * index}" cy="{BAR / 2:g}" r="5.5" fill="{colour}"/>'
        for index, colour in enumerate(lights)
    ]
    drawn.append(
        f'<text x="{MARGIN}" y="{BAR + LINE - 6}"><tspan class="prompt">$</tspan> '
        f'<tspan class="command">{COMMAND}</tspan></text>'
    )
    shown = 0.0
    for number, line in enumerate(lines, 2):
        shown = max(TYPING + line.at, shown + READING)
        if line.text:
            drawn.append(
                f'<text x="{MARGIN}" y="{BAR + number * LINE - 6}"'
                f' textLength="{len(line.text) * LETTER:.0f}"'
                f' style="animation-delay:{shown:.2f}s">{coloured(line.text)}</text>'
            )
    return "\n".join((*drawn, "</svg>", ""))


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "demo.svg"
    path.write_text(draw(record()), encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()

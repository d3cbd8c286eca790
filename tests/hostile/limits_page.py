"""Writes docs/limits.md from the cases: `python tests/hostile/limits_page.py`."""

from __future__ import annotations

from pathlib import Path

import cases_graph
import cases_socket
import cases_tls
from case import WHO, Case

PAGE = Path(__file__).resolve().parents[2] / "docs/limits.md"

HEAD = Path(__file__).with_name("limits_head.txt").read_text()


def cost(case: Case) -> str:
    limits = case.limits
    parts = [f"{limits.memory_mb:g} MB", f"{limits.cpu:g} CPU"]
    if limits.requests is not None:
        parts.append(f"{limits.requests} requests")
    return ", ".join(parts)


def page() -> str:
    lines = [HEAD]
    for letter, module in (("G", cases_graph), ("N", cases_socket), ("T", cases_tls)):
        cases = module.CASES
        who = WHO[letter]
        lines.append(
            f"\n## From {who}\n\n| what arrives | what happens | may cost |\n|---|---|---|\n"
        )
        lines += [f"| {case.arrives} | {case.happens} | {cost(case)} |\n" for case in cases]
    return "".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page())

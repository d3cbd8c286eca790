"""Looks into what is in `dist`, installs it, and uses it: `python -m release.check`, or
`make dist-check`.

What cannot be run on this machine is listed by name at the end. Give what must not be among that as
`--expect`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from supply.crates import REPOSITORY

from .artefacts import Artefacts, Sources, of_target
from .inspections import problems
from .machines import Machine, NoMachineError, find_machines
from .outcomes import Outcome, line, unmet
from .targets import WINDOWS_STAND_IN, Target, UnknownTargetError, find, published, target_folder
from .use_error import UseError
from .uses import Use


class Checker:
    def __init__(self, sources: Sources, folder: Path) -> None:
        self._sources = sources
        self._folder = folder

    def outcomes(self, artefacts: Artefacts) -> Iterator[Outcome]:
        """Uses the artefacts of a target, in every way that there is on this machine."""
        triple = artefacts.target.triple
        try:
            machines = find_machines(artefacts.target, self._folder / "roots")
        except NoMachineError as error:
            yield Outcome(f"{triple}/*", str(error), was_run=False)
            return
        for machine in machines:
            folder = self._folder / "uses"
            folder.mkdir(parents=True, exist_ok=True)
            use = Use(artefacts, self._sources, machine, folder)
            yield from self._on_machine(use, machine, triple)

    def _on_machine(self, use: Use, machine: Machine, triple: str) -> Iterator[Outcome]:
        for runtime in machine.pythons:
            name = f"{triple}/{runtime.name}"
            yield _tried(name, machine, partial(use.python, runtime))
        for runtime in machine.nodes:
            name = f"{triple}/{runtime.name}"
            yield _tried(name, machine, partial(use.node, runtime))
        if machine.runs_programs:
            yield _tried(f"{triple}/command-line", machine, use.command_line)
            yield _tried(f"{triple}/fleet", machine, use.fleet)
        for missing, reason in machine.missing:
            yield Outcome(f"{triple}/{missing}", reason, was_run=False)


def _tried(name: str, machine: Machine, action: Callable[[], str]) -> Outcome:
    started = time.monotonic()
    try:
        how, failure = f"{machine.means}: {action()}", None
    except (UseError, OSError, ValueError) as error:
        how, failure = machine.means, str(error)
    outcome = Outcome(name, how, time.monotonic() - started, failure)
    print(line(outcome), file=sys.stderr, flush=True)
    return outcome


def built_targets(dist: Path) -> list[Target]:
    """The targets of which there is an artefact."""
    known = [*published(), Target(WINDOWS_STAND_IN)]
    return [
        target for target in known if any(file.exists() for file in of_target(target, dist).files)
    ]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="release.check", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TRIPLE", help="default: all in the folder")
    parser.add_argument("--dist", type=Path, default=REPOSITORY / "dist")
    parser.add_argument(
        "--expect",
        action="append",
        default=[],
        metavar="NAME",
        help="fail unless this is run, for instance 'x86_64-apple-darwin/python-*'",
    )
    options = parser.parse_args(arguments)
    dist = options.dist.resolve()
    try:
        targets = [find(triple) for triple in options.targets] or built_targets(dist)
    except UnknownTargetError as error:
        sys.exit(str(error))
    sources = Sources(dist)
    all_artefacts = [of_target(target, dist) for target in targets]
    files = [*sources.files, *(file for each in all_artefacts for file in each.files)]
    if missing := [str(file) for file in files if not file.exists()]:
        sys.exit("run `make dist-sources dist` first; there is no\n  " + "\n  ".join(missing))
    failures = list(problems(sources, all_artefacts))
    folder = target_folder() / "dist-check"
    checker = Checker(sources, folder)
    outcomes = [outcome for each in all_artefacts for outcome in checker.outcomes(each)]
    absent = [target for target in published() if target not in targets]
    outcomes += [
        Outcome(f"{target.triple}/*", "it was not built", was_run=False) for target in absent
    ]
    print("\n".join(line(outcome) for outcome in outcomes))
    failures += [f"{each.name} failed" for each in outcomes if each.failure]
    failures += [f"expected, and not run: {each}" for each in unmet(options.expect, outcomes)]
    if failures:
        sys.exit("these artefacts must not be published:\n  " + "\n  ".join(failures))
    print(f"{len(files)} artefacts: nothing is wrong with them")


if __name__ == "__main__":
    main()

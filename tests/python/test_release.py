"""What follows from the list of targets. `make dist-check` is the test of the rest."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release.artefacts import Sources, npm_platform, of_target
from release.compiler import c_flags, rust_flags
from release.machines import NoMachineError, find_machines
from release.outcomes import Outcome, line, unmet
from release.publish import published_crates
from release.targets import (
    WINDOWS_STAND_IN,
    Target,
    UnknownTargetError,
    find,
    published,
)
from release.version import version
from release.wheels import BUILDS
from supply.crates import REPOSITORY

PLATFORM_TAGS = {
    "x86_64-unknown-linux-gnu": "manylinux2014_x86_64.manylinux_2_17_x86_64",
    "aarch64-unknown-linux-gnu": "manylinux2014_aarch64.manylinux_2_17_aarch64",
    "armv7-unknown-linux-gnueabihf": "manylinux2014_armv7l.manylinux_2_17_armv7l",
    "riscv64gc-unknown-linux-gnu": "manylinux_2_31_riscv64",
    "s390x-unknown-linux-gnu": "manylinux2014_s390x.manylinux_2_17_s390x",
    "powerpc64le-unknown-linux-gnu": "manylinux_2_24_ppc64le",
    "x86_64-unknown-linux-musl": "musllinux_1_2_x86_64",
    "aarch64-unknown-linux-musl": "musllinux_1_2_aarch64",
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
}


def test_each_target_has_the_tag_of_its_platform() -> None:
    assert {target.triple: target.wheel_platform for target in published()} == PLATFORM_TAGS


def test_a_target_is_found_by_its_triple_and_no_other_is() -> None:
    assert find("s390x-unknown-linux-gnu") in published()
    with pytest.raises(UnknownTargetError, match=r"i686-unknown-linux-gnu .* x86_64-apple-darwin"):
        find("i686-unknown-linux-gnu")


def test_the_stand_in_for_windows_is_never_among_what_is_published() -> None:
    dist = Path("dist")
    stand_in = of_target(find(WINDOWS_STAND_IN), dist)
    assert {file.parent for file in stand_in.files} == {dist / "stand-in"}
    assert all(
        file.parent == dist for target in published() for file in of_target(target, dist).files
    )
    # npm knows one platform, whatever compiler made it.
    assert npm_platform(stand_in.target) == "win32-x64-msvc"


def test_no_two_artefacts_have_one_name() -> None:
    dist = Path("dist")
    files = [*Sources(dist).files]
    files += [file for target in published() for file in of_target(target, dist).files]
    assert len(set(files)) == len(files) == 10 + 8 * len(PLATFORM_TAGS)


def test_every_crate_that_is_published_is_an_artefact() -> None:
    crates = [path.name for path in Sources(Path("dist")).crates]
    assert crates == [f"{name}-{version()}.crate" for name in published_crates()]


def test_npm_has_a_package_for_each_target() -> None:
    names = [npm_platform(target) for target in published()]
    loaded = (REPOSITORY / "bindings-node/lib/runtime/platform-packages.ts").read_text("utf-8")
    assert all(f"require('@drivebell/{name}')" in loaded for name in names)
    assert len(set(names)) == len(names)


def test_the_wheels_are_for_the_pythons_of_the_package() -> None:
    assert [build.tags for build in BUILDS] == ["cp311-abi3", "cp314-cp314t", "cp315-abi3.abi3t"]
    manifest = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    assert 'requires-python = ">=3.11"' in manifest


def test_a_build_says_nothing_of_the_folders_of_this_machine() -> None:
    for target in published():
        for is_library in (True, False):
            flags = rust_flags(target, for_libraries=is_library)
            assert f"--remap-path-prefix={REPOSITORY}=/drivebell" in flags
        if not target.triple.endswith("-msvc"):
            assert f"-ffile-prefix-map={REPOSITORY}=/drivebell" in c_flags(target)


def test_only_libraries_for_musl_use_the_musl_of_their_process() -> None:
    dynamic = "-Ctarget-feature=-crt-static"
    for target in published():
        assert (dynamic in rust_flags(target, for_libraries=True)) == target.is_musl
        assert dynamic not in rust_flags(target, for_libraries=False)


def test_each_linux_has_an_emulator_and_a_debian(tmp_path: Path) -> None:
    for target in published():
        if target.system == "linux":
            assert target.emulator.startswith("qemu-")
            assert target.debian_architecture
    with pytest.raises(NoMachineError, match="only Windows on aarch64 runs it"):
        find_machines(Target("aarch64-pc-windows-msvc"), tmp_path)


def test_what_was_expected_and_not_run_is_named() -> None:
    outcomes = [
        Outcome("a/python-3.11", "natively"),
        Outcome("a/node-20", "natively", failure="it crashed"),
        Outcome("b/*", "there is no qemu", was_run=False),
        Outcome("c/command-line", "under wine"),
        Outcome("c/python", "there is none", was_run=False),
    ]
    assert unmet(["a/*", "c/command-line"], outcomes) == []
    assert unmet(["b/*", "c/*", "a/bun"], outcomes) == ["b/*", "c/*", "a/bun"]
    assert line(outcomes[1]).endswith("it crashed")
    assert line(outcomes[2]) == "not run: b/*: there is no qemu"


def test_runtimes_are_locked() -> None:
    lock = json.loads((REPOSITORY / "release/runtimes/package-lock.json").read_text("utf-8"))
    versions = {name: package.get("version") for name, package in lock["packages"].items()}
    assert all(
        str(versions[f"node_modules/node{major}"]).startswith(f"{major}.") for major in (20, 22, 24)
    )

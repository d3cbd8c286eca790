"""What is checked about dependencies and packages is found where it is wrong."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from simulator import REPOSITORY
from supply import artefacts, locks, npm_packages, rust_versions, unsafe_code, versions
from supply.packages import NOTICES, PACKAGES, Package


def installed(package: str) -> dict[str, metadata.PackagePath]:
    return {file.name: file for file in metadata.files(package) or ()}


@pytest.mark.parametrize(
    ("package", "linked", "not_linked"),
    [
        (
            "drivebell",
            {
                "drivebell",
                "drivebell-cli",
                "drivebell-mirror",
                "drivebell-store",
                "pyo3",
                "rustls",
                "tokio",
            },
            {"async-nats", "drivebell-fleet", "drivebell-simulator", "napi", "proptest"},
        ),
        (
            "drivebell-simulator",
            {"axum", "rustls", "socketioxide", "tokio"},
            {"drivebell", "pyo3", "reqwest", "serde_derive"},
        ),
    ],
)
def test_a_wheel_contains_the_notices_and_its_bill_of_materials(
    package: str, linked: set[str], not_linked: set[str]
) -> None:
    files = installed(package)
    assert {"LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES"} <= files.keys()
    licence = (REPOSITORY / "LICENSE-MIT").read_text()
    assert files["LICENSE-MIT"].read_text() == licence
    bill = json.loads(files[f"{package}.cdx.json"].read_text())
    assert bill["metadata"]["component"]["purl"].startswith(f"pkg:pypi/{package}@")
    names = {component["name"] for component in bill["components"]}
    assert linked <= names
    assert not not_linked & names


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.bill)
def test_a_bill_of_materials_is_complete_and_the_notices_name_each_crate(package: Package) -> None:
    notices = (REPOSITORY / NOTICES[package.name]).read_text(encoding="utf-8")
    bill = json.loads((REPOSITORY / package.bill).read_text(encoding="utf-8"))
    ours = {"drivebell", "drivebell-cli", "drivebell-mirror", "drivebell-store"}
    for component in bill["components"]:
        if component["name"] in ours:
            continue
        name = f"\n{component['name']} {component['version']}: "
        assert name in notices, name
        assert component["hashes"], name
    references = {component["bom-ref"] for component in bill["components"]}
    references.add(bill["metadata"]["component"]["bom-ref"])
    for dependency in bill["dependencies"]:
        assert {dependency["ref"], *dependency["dependsOn"]} <= references


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("fn f() {}\nunsafe { g() }", [2]),
        ("unsafe fn f() {}", [1]),
        ("unsafe impl Send for X {}", [1]),
        ('unsafe extern "C" {}', [1]),
        ("#[unsafe(no_mangle)]", [1]),
        ("#![allow(unsafe_code)]", [1]),
        ('#[expect(\n    unsafe_code,\n    reason = "x"\n)]', [1]),
        ("#[cfg_attr(unix, allow(missing_docs, unsafe_code))]", [1]),
        ("// unsafe { }\n/// an unsafe fn", []),
        ('let x = "unsafe { }";', []),
        ("let unsafely = not_unsafe(1);", []),
    ],
)
def test_unsafe_code_is_found(code: str, lines: list[int]) -> None:
    assert unsafe_code.uses(code) == lines


def test_what_is_locked_without_a_hash_is_found() -> None:
    packages = {
        "": {"name": "ours"},
        "node_modules/a": {"version": "1", "integrity": "sha512-x"},
        "node_modules/b": {"version": "1"},
        "node_modules/ours": {"link": True},
    }
    assert locks.without_integrity({"packages": packages}) == ["node_modules/b"]
    crates = [
        {"name": "ours"},
        {"name": "a", "source": locks.REGISTRY, "checksum": "x"},
        {"name": "b", "source": locks.REGISTRY},
        {"name": "c", "source": "git+https://example.com/c", "checksum": "x"},
    ]
    assert locks.unlocked({"package": crates}) == ["b", "c"]
    requirements = (
        "# a comment\na==1 \\\n    --hash=sha256:x\n    # via b\nb==1\nc>=1 --hash=sha256:x\n"
    )
    assert locks.unhashed(requirements) == ["b==1", "c>=1"]


def test_a_dependency_that_needs_a_newer_rust_is_found() -> None:
    def package(name: str, rust: str | None) -> dict[str, object]:
        return {"id": name, "name": name, "version": "1.0.0", "rust_version": rust}

    def uses(name: str, *others: tuple[str, str | None]) -> dict[str, object]:
        deps = [{"pkg": other, "dep_kinds": [{"kind": kind}]} for other, kind in others]
        return {"id": name, "deps": deps}

    metadata = {
        "packages": [
            package("ours", "1.89"),
            package("unsaid", None),
            package("same", "1.89.0"),
            package("newer", "1.90"),
            package("of-tests", "1.95"),
        ],
        "workspace_members": ["ours", "unsaid"],
        "resolve": {
            "nodes": [
                uses("ours", ("same", None), ("of-tests", "dev")),
                uses("same", ("newer", "build")),
                uses("newer", ("same", None)),
                uses("of-tests"),
                uses("unsaid"),
            ]
        },
    }
    assert list(rust_versions.problems(metadata)) == [
        "ours promises Rust 1.89, and newer 1.0.0 needs 1.90",
        "unsaid has no rust-version",
    ]


def test_a_package_of_another_version_is_found(tmp_path: Path) -> None:
    assert list(versions.problems(REPOSITORY)) == []
    for path in REPOSITORY.glob("*/Cargo.toml"):
        (tmp_path / path.parent.name).mkdir()
        shutil.copy(path, tmp_path / path.parent.name)
    shutil.copy(REPOSITORY / "simulator/pyproject.toml", tmp_path / "simulator")
    for name in ("Cargo.toml", "pyproject.toml"):
        text = (REPOSITORY / name).read_text(encoding="utf-8")
        text = re.sub(r'^version = ".+"$', 'version = "7.7.7"', text, count=1, flags=re.MULTILINE)
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = [problem.split(" is ")[0] for problem in versions.problems(tmp_path)]
    ours = (
        "drivebell",
        "drivebell-cli",
        "drivebell-fleet",
        "drivebell-mirror",
        "drivebell-store",
        "drivebell-simulator",
    )
    assert found == [*(f"Cargo.toml: {name}" for name in ours), "pyproject.toml: testing"]


def test_an_artefact_that_names_this_machine_or_lacks_a_file_is_found(tmp_path: Path) -> None:
    library = b"\x7fELF " + str(REPOSITORY / "core" / "src").encode()
    files = {"x.so": library, "LICENSE-MIT": b"", "sboms/drivebell.cdx.json": b"{}"}
    wheel = tmp_path / "x.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    assert sorted(artefacts.problems(wheel)) == [
        "x.whl has no LICENSE-APACHE",
        "x.whl has no THIRD-PARTY-NOTICES",
        f"x.whl: x.so contains {REPOSITORY}",
    ]


@pytest.mark.parametrize(
    ("manifest", "files", "problems"),
    [
        ({"optionalDependencies": {"@x/y": "1"}}, (), []),
        (
            {"optionalDependencies": {"@x/y": "1"}},
            ("x.node",),
            ["x.tgz has a library or a program, which packages of platforms have"],
        ),
        ({}, (), ["x.tgz has neither a library nor a program"]),
        ({}, ("drivebell-simulator.exe",), []),
        ({"scripts": {}}, ("x.node",), ["x.tgz: its package.json has scripts"]),
    ],
)
def test_a_package_of_npm_has_a_library_if_it_is_of_a_platform(
    manifest: dict[str, object], files: tuple[str, ...], problems: list[str], tmp_path: Path
) -> None:
    content = dict.fromkeys((*artefacts.NEEDED, *files), b"")
    content["package.json"] = json.dumps(manifest).encode()
    packed = tmp_path / "x.tgz"
    with tarfile.open(packed, "w:gz") as archive:
        for name, data in content.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    assert list(artefacts.problems(packed)) == problems


def test_a_version_of_npm_that_differs_is_found(tmp_path: Path) -> None:
    paths = ("Cargo.toml", npm_packages.LOCK, npm_packages.LOADER, *npm_packages.MANIFESTS)
    for path in paths:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / path, tmp_path / path)
    assert list(npm_packages.problems(tmp_path)) == []
    workspace = tmp_path / "Cargo.toml"
    text = workspace.read_text()
    version = npm_packages.workspace(tmp_path)["version"]
    workspace.write_text(text.replace(f'version = "{version}"', 'version = "7.7.7"', 1))
    found = list(npm_packages.problems(tmp_path))
    assert len(found) == len(npm_packages.MANIFESTS) + 5
    assert f"{npm_packages.LOADER} has version {version}, and Cargo.toml 7.7.7" in found


def test_the_readme_of_npm_names_each_platform() -> None:
    readme = (REPOSITORY / "bindings-node/README.md").read_text(encoding="utf-8")
    systems = {
        "Linux with glibc 2.17 or newer": ("unknown-linux-gnu", "unknown-linux-gnueabihf"),
        "Linux with musl, such as Alpine": ("unknown-linux-musl",),
        "macOS": ("apple-darwin",),
        "Windows": ("pc-windows-msvc",),
    }
    processors = {
        "x64": "x86_64",
        "arm64": "aarch64",
        "arm": "armv7",
        "riscv64": "riscv64gc",
        "s390x": "s390x",
        "ppc64": "powerpc64le",
    }
    table = dict(re.findall(r"^\| (.+?) +\| (.+?) +\|$", readme, re.MULTILINE))
    for system, ends in systems.items():
        named = {processors[word] for word in re.findall(r"(?:^|, )(\w+)", table[system])}
        built = {
            triple.partition("-")[0]
            for triple in npm_packages.targets(REPOSITORY)
            if triple.partition("-")[2] in ends
        }
        assert named == built, system

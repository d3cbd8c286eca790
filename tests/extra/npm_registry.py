"""A registry of npm on a loopback port, with the packages that this checkout would publish."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import tarfile
import threading
import urllib.parse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from simulator import REPOSITORY
from supply.npm_packages import targets

PACKERS = {
    "drivebell": REPOSITORY / "bindings-node/scripts/pack.mjs",
    "drivebell-simulator": REPOSITORY / "simulator/npm/pack.mjs",
}
NATIVE = {
    "drivebell": REPOSITORY / "bindings-node/native",
    "drivebell-simulator": REPOSITORY / "simulator/npm/native",
}


def native_file(package: str) -> Path:
    """The addon or the program that was built for this machine."""
    (built,) = (path for path in NATIVE[package].iterdir() if path.name != "addon.d.ts")
    return built


def platform_of_this_machine() -> str:
    """As the packages call it, for instance `linux-x64-gnu`."""
    return native_file("drivebell").name.split(".")[1]


def host_triple() -> str:
    printed = subprocess.run(["rustc", "-vV"], check=True, capture_output=True, text=True).stdout
    (host,) = (line[6:] for line in printed.splitlines() if line.startswith("host: "))
    return host


def pack_all(folder: Path) -> list[Path]:
    """Packs both packages, and those of all their platforms. Of other platforms than this machine's
    they have a text in the place of the addon or program."""
    text = folder / "of-another-platform"
    text.write_text("not a program\n")
    calls: list[tuple[str | Path, ...]] = []
    for package in PACKERS:
        calls.append((package, "main", folder))
        for triple in targets(REPOSITORY):
            file = native_file(package) if triple == host_triple() else text
            calls.append((package, "platform", triple, file, folder))
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda call: pack(*call), calls))


def pack(package: str | Path, *words: str | Path) -> Path:
    """Calls the packer, and returns the tarball that it makes."""
    command = ["node", PACKERS[str(package)], *words]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return Path(printed.strip())


def unpack(tarball: Path, folder: Path) -> None:
    """Unpacks a package as npm does."""
    with tarfile.open(tarball) as archive:
        archive.extractall(folder.parent, filter="data")
    (folder.parent / "package").rename(folder)


def manifest(tarball: Path) -> dict[str, Any]:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile("package/package.json")
        assert file is not None
        content: dict[str, Any] = json.load(file)
    return content


class Registry(AbstractContextManager["Registry"]):
    """Serves tarballs as npm's registry does. `asked` is what clients have asked for."""

    def __init__(self, tarballs: Iterable[Path]) -> None:
        self.asked: list[str] = []
        self._tarballs = {path.name: path.read_bytes() for path in tarballs}
        self._manifests = {path.name: manifest(path) for path in tarballs}
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = urllib.parse.unquote(self.path.partition("?")[0]).lstrip("/")
                registry.asked.append(path)
                body = registry.answer(path)
                self.send_response(200 if body is not None else 404)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Registry:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path: str) -> bytes | None:
        if path in self._tarballs:
            return self._tarballs[path]
        versions = {}
        for name, described in self._manifests.items():
            if described["name"] == path:
                versions[described["version"]] = described | {"dist": self._dist(name)}
        if not versions:
            return None
        tags = {"latest": next(iter(versions))}
        return json.dumps({"name": path, "dist-tags": tags, "versions": versions}).encode()

    def _dist(self, name: str) -> dict[str, str]:
        content = self._tarballs[name]
        return {
            "tarball": f"{self.url}/{name}",
            "shasum": hashlib.sha1(content, usedforsecurity=False).hexdigest(),
            "integrity": f"sha512-{base64.b64encode(hashlib.sha512(content).digest()).decode()}",
        }

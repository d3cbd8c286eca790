"""The network fails: the error says why, at which host and port, and what to do; and its cause is
the exception that Python's own libraries raise."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import drivebell
import pytest
from certificates import DAY, Authority
from deadline import soon
from drivebell import Client, Resource, sync
from drivebell._names import NetworkFailure
from test_transport import CA_BUNDLE, TlsService

from simulator import TOKEN

DRIVE = Resource.my_drive()


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def error_of(base_url: str, ca_bundle: Path | None = None) -> drivebell.Error:
    """The error of a call, which is the same in both clients."""
    options: dict[str, Any] = {"base_url": base_url, "retry_timeout": 0, "ca_bundle": ca_bundle}
    async with Client(TOKEN, **options) as client:
        with pytest.raises(drivebell.Error) as raised:
            await soon(client.endpoint(DRIVE))

    def blocking() -> drivebell.Error:
        with (
            sync.Client(TOKEN, **options) as client,
            pytest.raises(drivebell.Error) as raised,
        ):
            client.endpoint(DRIVE)
        return raised.value

    other = await soon(asyncio.to_thread(blocking))
    assert (type(other), other.reason) == (type(raised.value), raised.value.reason)
    assert type(other.__cause__) is type(raised.value.__cause__)
    return raised.value


def check(error: drivebell.Error, reason: NetworkFailure, address: tuple[str, int]) -> str:
    assert isinstance(error, drivebell.ConnectionFailedError)
    assert isinstance(error, ConnectionError)
    assert error.reason == reason
    assert (error.host, error.port) == address
    text = str(error)
    assert text.startswith(f"{address[0]}:{address[1]}")
    return text


async def test_a_closed_port_refuses() -> None:
    port = closed_port()
    error = await error_of(f"http://127.0.0.1:{port}")
    text = check(error, "connection_refused", ("127.0.0.1", port))
    assert "could not be reached: connection refused; check the address" in text
    assert isinstance(error.__cause__, ConnectionRefusedError)
    assert error.__cause__.errno == errno.ECONNREFUSED


async def test_a_name_without_an_address_is_not_found() -> None:
    error = await error_of("https://graph.invalid")
    text = check(error, "host_not_found", ("graph.invalid", 443))
    assert "host not found" in text
    assert "check the name" in text
    assert isinstance(error.__cause__, socket.gaierror)
    assert error.__cause__.errno == socket.EAI_NONAME


async def test_a_connection_that_ends_before_the_answer_is_a_reset() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await error_of(f"http://127.0.0.1:{port}")
    text = check(error, "connection_closed", ("127.0.0.1", port))
    assert "closed the connection before its answer was complete" in text
    assert isinstance(error.__cause__, ConnectionResetError)


async def test_an_answer_that_does_not_come_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        async with Client(
            TOKEN, base_url=f"http://127.0.0.1:{port}", retry_timeout=0, request_timeout=0.05
        ) as client:
            with pytest.raises(drivebell.TimeoutError) as raised:
                await soon(client.endpoint(DRIVE))
    assert raised.value.reason == "timed_out"
    assert (raised.value.host, raised.value.port) == ("127.0.0.1", port)
    assert isinstance(raised.value.__cause__, TimeoutError)


@asynccontextmanager
async def serving(context: ssl.SSLContext) -> AsyncIterator[int]:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # of refused handshakes
    async with server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("reason", "says", "options"),
    [
        ("certificate_expired", "it expired at", {"begins": -2 * DAY, "ends": -DAY}),
        ("certificate_not_yet_valid", "it is not valid before", {"begins": DAY}),
        ("certificate_self_signed", "it is self-signed", {"self_signed": True}),
        ("certificate_wrong_name", "not for localhost", {"host": "graph.example"}),
        ("certificate_bad_signature", "its issuer has not signed it", {"authority": "theirs"}),
    ],
)
async def test_a_certificate_that_is_not_trusted_is_named_with_its_problem(
    reason: NetworkFailure, says: str, options: dict[str, Any], tmp_path: Path
) -> None:
    ours = Authority(tmp_path / "ours")
    host, authority = options.pop("host", "localhost"), options.pop("authority", None)
    issuer = Authority(tmp_path / "theirs") if authority else ours
    async with serving(issuer.context(host, **options)) as port:
        error = await error_of(f"https://localhost:{port}", ours.path)
    text = check(error, reason, ("localhost", port))
    assert says in text
    cause = error.__cause__
    assert isinstance(cause, ssl.SSLCertVerificationError)
    assert cause.verify_code > 0
    assert says in cause.verify_message


class TestCertificatesOfTheEnvironment:
    """`SSL_CERT_FILE` and `SSL_CERT_DIR` take the place of the system's certificates."""

    @pytest.fixture(autouse=True)
    def without_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
            monkeypatch.delenv(variable, raising=False)

    async def test_they_are_trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = tmp_path / "authorities"
        folder.mkdir()
        (folder / "ours.pem").write_bytes(CA_BUNDLE.read_bytes())
        for variable, value in [
            ("SSL_CERT_FILE", CA_BUNDLE),
            ("SSL_CERT_DIR", folder),
            ("SSL_CERT_DIR", f"/nowhere{os.pathsep}{folder}"),
        ]:
            with TlsService() as service, monkeypatch.context() as environment:
                environment.setenv(variable, str(value))
                async with Client(TOKEN, base_url=service.base_url) as client:
                    assert (await soon(client.endpoint(DRIVE))).host == "localhost"

    async def test_an_authority_of_ca_bundle_is_trusted_beside_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = Authority(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(other.path))
        with TlsService() as service:
            base_url = service.base_url
            async with Client(TOKEN, base_url=base_url, ca_bundle=CA_BUNDLE) as client:
                await soon(client.endpoint(DRIVE))
            async with Client(TOKEN, base_url=base_url, retry_timeout=0) as client:
                with pytest.raises(drivebell.ConnectionFailedError):
                    await soon(client.endpoint(DRIVE))

    @pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
    def test_a_path_that_cannot_be_read_is_an_error_by_name(
        self, variable: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(variable, "/nowhere/ca.pem")
        with pytest.raises(drivebell.Error, match=f"{variable} names /nowhere/ca.pem") as raised:
            Client(TOKEN)
        assert not raised.value.retryable

    def test_a_path_that_cannot_be_read_beside_one_that_can_is_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "ours.pem").write_bytes(CA_BUNDLE.read_bytes())
        monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/ca.pem")
        monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
        program = """
import logging
import drivebell
logging.basicConfig()
drivebell.Client("token")
"""
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        assert "WARNING:drivebell.network:certificates cannot be read" in done.stderr
        assert "SSL_CERT_FILE names /nowhere/ca.pem" in done.stderr


def test_python_without_ssl_still_gets_an_os_error() -> None:
    program = """
import sys
sys.modules["ssl"] = None
from drivebell._network_failure import as_os_error
error = as_os_error("certificate_expired", "CERT_HAS_EXPIRED", None, "expired")
print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode().strip() == "OSError expired"

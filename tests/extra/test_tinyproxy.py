"""A connection through tinyproxy, a forward proxy, to npm socket.io behind TLS."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import drivebell
import pytest
from deadline import eventually
from drivebell import Client, Resource
from installed import Installed, program
from session import HURRIED, expect, until
from test_transport import CA_BUNDLE, TlsService

from simulator import TOKEN


@dataclass
class Tinyproxy(Installed):
    allowed: int = 0
    """The only port to which it connects."""

    def command(self) -> list[str]:
        configuration = self.directory / "tinyproxy.conf"
        configuration.write_text(
            f"""
            Listen 127.0.0.1
            Port {self.port}
            LogFile "{self.log}"
            LogLevel Connect
            BasicAuth user s3cr3t
            ConnectPort {self.allowed}
            DisableViaHeader Yes
            """
        )
        return [program("tinyproxy"), "-d", "-c", str(configuration)]

    @property
    def log(self) -> Path:
        return self.directory / "tinyproxy.log"

    def client(self, service: TlsService, password: str = "s3cr3t", **options: Any) -> Client:
        return Client(
            TOKEN,
            base_url=service.base_url,
            ca_bundle=CA_BUNDLE,
            proxy=f"http://user:{password}@127.0.0.1:{self.port}",
            **HURRIED | options,
        )


@pytest.fixture
def service() -> Iterator[TlsService]:
    with TlsService() as service:
        yield service


@pytest.fixture
def proxy(service: TlsService, tmp_path: Path) -> Iterator[Tinyproxy]:
    with Tinyproxy(tmp_path, allowed=urlsplit(service.base_url).port or 0) as proxy:
        yield proxy


async def test_rest_and_socket_go_through_it(service: TlsService, proxy: Tinyproxy) -> None:
    async with proxy.client(service) as client, client.subscribe(Resource.my_drive()) as sub:
        events = sub.events()
        await expect(events, "connected")
        service.notify()
        await expect(events, "changed")
    host = urlsplit(service.base_url).netloc
    await eventually(lambda: f"CONNECT {host}" in proxy.log.read_text())
    # The proxy cannot read what the tunnel carries.
    assert TOKEN not in proxy.log.read_text()


async def test_a_restart_of_the_proxy_is_a_gap(service: TlsService, proxy: Tinyproxy) -> None:
    async with proxy.client(service) as client, client.subscribe(Resource.my_drive()) as sub:
        events = sub.events()
        await expect(events, "connected")
        proxy.process.kill()
        proxy.process.wait()
        await until(events, "disconnected")
        await until(events, "unavailable")
        with proxy:
            await until(events, "connected")
            await expect(events, "resync")
            service.notify()
            await expect(events, "changed")


async def test_its_error_is_reported_without_the_password(
    service: TlsService, proxy: Tinyproxy
) -> None:
    async with proxy.client(service, password="wr0ng", retry_timeout=0) as client:
        with pytest.raises(drivebell.ConnectionFailedError) as raised:
            await client.endpoint(Resource.my_drive())
    text = "".join(traceback.format_exception(raised.value))
    assert "tunnel error" in text
    assert "wr0ng" not in text
    assert service.requests() == []

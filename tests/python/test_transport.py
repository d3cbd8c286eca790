"""TLS, trusted certificates and proxies, for REST and for the socket."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import drivebell
import pytest
from deadline import soon
from drivebell import Client, Resource
from server_process import ServerProcess

from simulator import REPOSITORY, TOKEN, Simulator

SERVERS = REPOSITORY / "tests/servers"
CA_BUNDLE = SERVERS / "tls/ca.pem"


@dataclass
class TlsService(Simulator):
    """npm socket.io behind TLS; the simulator has none."""

    service: str = "socket.io"
    options: tuple[str, ...] = ("--tls",)

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=CA_BUNDLE)


@dataclass
class Proxy(ServerProcess):
    def command(self) -> list[str]:
        return ["node", str(SERVERS / "connect-proxy.mjs")]

    def url(self, user: str) -> str:
        return self.base_url.replace("://", f"://{user}@")

    def tunnels(self) -> list[str]:
        with urllib.request.urlopen(f"{self.base_url}/tunnels", timeout=60) as response:
            return list(json.load(response))


@pytest.fixture
def service() -> Iterator[TlsService]:
    with TlsService() as service:
        yield service


async def assert_notified(client: Client, service: TlsService) -> None:
    async with client.subscribe(Resource.my_drive()) as sub:
        service.notify()
        assert (await soon(anext(aiter(sub)))).kind == "changed"


async def test_a_bundle_of_certificates_is_trusted_for_rest_and_socket(
    service: TlsService,
) -> None:
    assert service.base_url.startswith("https://localhost:")
    async with Client(TOKEN, base_url=service.base_url, ca_bundle=CA_BUNDLE) as client:
        await assert_notified(client, service)


async def test_an_unknown_certificate_is_not_trusted(service: TlsService) -> None:
    async with Client(TOKEN, base_url=service.base_url, retry_timeout=0) as client:
        with pytest.raises(drivebell.ConnectionFailedError) as raised:
            await client.endpoint(Resource.my_drive())
    causes = []
    cause = raised.value.__cause__
    while cause is not None:
        causes.append(str(cause))
        cause = cause.__cause__
    assert any("UnknownIssuer" in text for text in causes), causes
    assert service.requests() == []


async def test_a_proxy_tunnels_rest_and_socket(service: TlsService) -> None:
    with Proxy() as proxy:
        async with Client(
            TOKEN,
            base_url=service.base_url,
            ca_bundle=CA_BUNDLE,
            proxy=proxy.url("user:s3cr3t"),
        ) as client:
            assert "s3cr3t" not in repr(client)
            await assert_notified(client, service)
        host = service.base_url.removeprefix("https://")
        assert set(proxy.tunnels()) == {host}
        assert len(proxy.tunnels()) in (1, 2)


async def test_the_refusal_of_a_proxy_is_an_error(service: TlsService) -> None:
    with Proxy() as proxy:
        async with Client(
            TOKEN,
            base_url=service.base_url,
            ca_bundle=CA_BUNDLE,
            proxy=proxy.url("user:wr0ng"),
            retry_timeout=0,
        ) as client:
            with pytest.raises(drivebell.ConnectionFailedError) as raised:
                await client.endpoint(Resource.my_drive())
        assert "wr0ng" not in repr(raised.value) + repr(raised.value.__cause__)
        assert proxy.tunnels() == []

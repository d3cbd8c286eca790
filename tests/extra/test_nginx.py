"""A connection through nginx, a reverse proxy that terminates TLS, to the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import drivebell
import pytest
from deadline import eventually
from drivebell import Client, Lifecycle, Resource
from installed import Installed, program
from session import HEARTBEAT, HURRIED, Event, expect, until
from test_transport import CA_BUNDLE, SERVERS

from simulator import TOKEN, Simulator

IDLE = 2
"""Seconds after which nginx closes an idle connection."""


@dataclass
class Nginx(Installed):
    behind: str = ""
    """The URL of the service behind it."""

    def command(self) -> list[str]:
        # The service writes its own address into the notification URL. nginx replaces it.
        configuration = self.directory / "nginx.conf"
        configuration.write_text(
            f"""
            daemon off;
            worker_processes 1;
            pid {self.directory}/nginx.pid;
            error_log {self.directory}/error.log;
            events {{ worker_connections 64; }}
            http {{
                access_log off;
                client_body_temp_path {self.directory}/body;
                proxy_temp_path {self.directory}/proxy;
                fastcgi_temp_path {self.directory}/fastcgi;
                uwsgi_temp_path {self.directory}/uwsgi;
                scgi_temp_path {self.directory}/scgi;
                map $http_upgrade $connection_upgrade {{ default upgrade; "" close; }}
                server {{
                    listen 127.0.0.1:{self.port} ssl http2;
                    server_name localhost;
                    ssl_certificate {SERVERS}/tls/cert.pem;
                    ssl_certificate_key {SERVERS}/tls/key.pem;
                    location / {{
                        proxy_pass {self.behind};
                        proxy_http_version 1.1;
                        proxy_set_header Upgrade $http_upgrade;
                        proxy_set_header Connection $connection_upgrade;
                        proxy_set_header Accept-Encoding "";
                        proxy_read_timeout {IDLE}s;
                        sub_filter_types application/json;
                        sub_filter "{self.behind}" "{self.base_url}";
                    }}
                }}
            }}
            """
        )
        return [program("nginx"), "-c", str(configuration), "-e", f"{self.directory}/error.log"]

    @property
    def base_url(self) -> str:
        return f"https://localhost:{self.port}"

    @asynccontextmanager
    async def subscribed(self) -> AsyncIterator[AsyncIterator[Event]]:
        async with (
            Client(TOKEN, base_url=self.base_url, ca_bundle=CA_BUNDLE, **HURRIED) as client,
            client.subscribe(Resource.my_drive()) as sub,
        ):
            events = sub.events()
            await expect(events, "connected")
            yield events


@pytest.fixture
def service() -> Iterator[Simulator]:
    with Simulator(options=HEARTBEAT) as service:
        yield service


@pytest.fixture
def nginx(service: Simulator, tmp_path: Path) -> Iterator[Nginx]:
    with Nginx(tmp_path, behind=service.base_url) as nginx:
        yield nginx


async def test_heartbeats_keep_a_connection_that_nginx_would_end(tmp_path: Path) -> None:
    # Neither side gives a slow machine up.
    heartbeat = ("--ping-interval", "200", "--ping-timeout", "20000")
    with (
        Simulator(options=heartbeat) as service,
        Nginx(tmp_path, behind=service.base_url) as nginx,
    ):
        async with nginx.subscribed() as events:
            # Longer than the idle timeout of nginx. A closed connection would cause an event first.
            await asyncio.sleep(2 * IDLE)
            service.notify()
            await expect(events, "changed")


async def test_an_idle_connection_that_nginx_closes_is_a_gap(tmp_path: Path) -> None:
    with (
        Simulator() as service,
        Nginx(tmp_path, behind=service.base_url) as nginx,
    ):
        async with nginx.subscribed() as events:
            (ended,) = await until(events, "disconnected")
            assert isinstance(ended, Lifecycle)
            assert ended.reason in ("connection_closed", "connection_reset")
            await until(events, "connected")
            await expect(events, "resync")


async def test_the_session_survives_a_restart_of_the_service_behind_nginx(
    service: Simulator, nginx: Nginx
) -> None:
    async with nginx.subscribed() as events:
        service.kill()
        await until(events, "disconnected")
        while True:
            (*_, failed) = await until(events, "unavailable")
            assert isinstance(failed, Lifecycle)
            # The client retries the URL before it requests a new one from Graph.
            if isinstance(failed.error, drivebell.GraphError):
                assert failed.error.status == 502
                break
        service.start_again()
        await until(events, "connected")
        await expect(events, "resync")
        service.notify()
        await expect(events, "changed")


async def test_a_restart_of_nginx_is_a_gap(service: Simulator, nginx: Nginx) -> None:
    async with nginx.subscribed() as events:
        nginx.process.terminate()
        await until(events, "disconnected")
        nginx.process.wait()
        with nginx:
            await until(events, "connected")
            await expect(events, "resync")
            await eventually(lambda: service.connected() == 1)
            service.notify()
            await expect(events, "changed")

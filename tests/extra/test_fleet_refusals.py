"""What a worker refuses to start with, and how it says so."""

from __future__ import annotations

import asyncio
from pathlib import Path

from proof.deadline import wait_until
from proof.fleet import Fleet
from proof.nats_server import TOO_OLD, NatsServer
from proof.workers import Settings, Worker
from server_process import free_port

NOWHERE = "http://127.0.0.1:9"


def ended(worker: Worker) -> tuple[int, str]:
    """The exit code, and what it has said."""
    code = worker.process.wait(timeout=120)
    return code, worker.log.read_text(encoding="utf-8")


def test_a_nats_that_is_too_old(tmp_path: Path) -> None:
    with NatsServer(tmp_path / "nats", TOO_OLD) as server:
        worker = Worker("worker-001", server.url, Settings(NOWHERE), tmp_path)
        worker.start()
        code, said = ended(worker)
    assert code != 0
    assert "2.10.26" in said
    assert "2.11" in said


def test_a_nats_that_is_not_there(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    worker = Worker("worker-001", f"nats://{address}", Settings(NOWHERE), tmp_path)
    worker.start()
    try:
        wait_until(lambda: address in worker.log.read_text(encoding="utf-8"), "it says where")
    finally:
        worker.kill()


async def test_two_fleets_with_different_settings_on_one_bucket(tmp_path: Path) -> None:
    async with Fleet(tmp_path, drives=20) as fleet:
        await fleet.start(2)
        first = dict(fleet.observer.claims)
        (tmp_path / "other").mkdir()
        other = Worker(
            "other", fleet.server.url, Settings(fleet.graph.url, partitions=64), tmp_path / "other"
        )
        other.start()
        code, said = await asyncio.to_thread(ended, other)
        assert code != 0
        assert "partitions" in said
        assert "64" in said
        assert "128" in said
        await fleet.observer.caught_up()
        assert fleet.observer.claims == first
        await fleet.settled()

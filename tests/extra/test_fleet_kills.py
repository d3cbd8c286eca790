"""A fleet of real workers on a real NATS, in which something is killed, paused or cut off."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from proof import scenes
from proof.fleet import Fleet
from proof.nats_server import OLDEST
from proof.report import report as report_of
from proof.scenes import Size, changing, lose, running

SMALL = Size(drives=300, workers=3, seconds=8, every=4)


async def test_workers_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    size = Size(drives=600, seconds=25)
    async with running(tmp_path, size) as fleet:
        report = await scenes.kills(fleet, size)
    report.check()
    assert len(report.losses) >= 4
    assert len(report.takeovers) > 300, "a worker that was killed followed drives"


async def test_the_oldest_nats_fences_too(tmp_path: Path) -> None:
    size = replace(SMALL, program=OLDEST)
    async with running(tmp_path, size) as fleet:
        report = await scenes.kills(fleet, size)
    report.check()
    assert report.takeovers


async def test_a_restart_of_nats_loses_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, SMALL) as fleet:
        report = await scenes.nats_restarted(fleet, SMALL)
    report.check()
    assert len(report.delivery.delays) > 200


async def test_a_partition_from_nats_loses_nothing(tmp_path: Path) -> None:
    report, held = await scenes.partitioned(tmp_path, SMALL)
    report.check()
    # Something had to wait for NATS.
    assert report.delivery.delays[-1] > SMALL.away / 2
    assert float(held["memory grown meanwhile, MB"]) < 50


async def test_a_worker_that_is_cut_off_is_fenced(tmp_path: Path) -> None:
    report = await scenes.one_cut_off(tmp_path, replace(SMALL, away=8))
    report.check()
    assert report.takeovers
    # What it had heard meanwhile came too late.
    assert report.refused > 0


async def test_a_worker_that_was_paused_is_fenced(tmp_path: Path) -> None:
    size = replace(SMALL, away=8)
    async with running(tmp_path, size) as fleet:
        report = await scenes.paused(fleet, size)
        claims = fleet.observer.claims
    report.check()
    assert report.takeovers
    assert any(len(history) > 1 for history in claims.values())


async def test_an_upgrade_of_all_workers_leaves_no_drive_alone(tmp_path: Path) -> None:
    size = replace(SMALL, settings={"lease_time": "12s"})
    async with running(tmp_path, size) as fleet:
        report = await scenes.upgraded(fleet, size)
    # Handed over, and not found dead: sooner than a lease ends, though the machine be busy.
    report.check(longest_gap=6)


async def test_clocks_that_differ_by_an_hour_change_nothing(tmp_path: Path) -> None:
    async with Fleet(tmp_path, SMALL.drives) as fleet:
        for clock in ("+1h", "-1h", ""):
            fleet.start_worker(clock=clock)
        await fleet.start(0)
        moves = {partition: len(it) for partition, it in fleet.observer.claims.items()}
        async with changing(fleet, SMALL):
            # Longer than a lease lasts, without a reason to move anything.
            await asyncio.sleep(6)
            await fleet.observer.caught_up()
            later = {partition: len(it) for partition, it in fleet.observer.claims.items()}
            assert later == moves
            [first, *_] = fleet.workers[0].records()
            ahead = datetime.fromisoformat(str(first["timestamp"])) - datetime.now(UTC)
            assert ahead > timedelta(minutes=50), "its clock is not another one"
            loss = await lose(fleet, fleet.workers[0])
            fleet.workers[0].kill()
            fleet.start_worker(clock="-1h")
        report = await report_of(fleet, [loss])
    report.check()
    assert report.takeovers

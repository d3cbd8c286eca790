"""The example that hands the files of a drive to Celery, with Django's database."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from deadline import eventually
from example_libraries import EXAMPLES, PYTHON, content, example, relocate
from example_program import Program

from simulator import Simulator

PROJECT = EXAMPLES / "django_celery"
# Django's and Celery's settings, with a broker that needs no server.
SETTINGS = """
from follow.settings import *

CELERY_BROKER_URL = "filesystem://"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": "queue", "data_folder_out": "queue", "control_folder": "control",
    "store_processed": False,
}
"""


class Site:
    def __init__(self, simulator: Simulator, folder: Path) -> None:
        self.simulator = simulator
        self.folder = folder
        (folder / "with_a_broker.py").write_text(SETTINGS)
        (folder / "queue").mkdir()
        (folder / "control").mkdir()
        self.environment = {
            "DATABASE": str(folder / "db.sqlite3"),
            "DJANGO_SETTINGS_MODULE": "with_a_broker",
            "PYTHONPATH": f"{folder}:{PROJECT}",
        }
        with self._run("migrate", "--verbosity", "0") as migration:
            assert migration.process.wait(60) == 0, migration.output

    def _run(self, *arguments: str) -> Program:
        manage = str(PROJECT / "manage.py")
        return example(
            self.simulator, self.folder, manage, *arguments, environment=self.environment
        )

    def follower(self) -> Program:
        return self._run("follow_drive")

    @contextmanager
    def worker(self) -> Iterator[Program]:
        celery = (
            "-m",
            "celery",
            "--app",
            "follow",
            "worker",
            "--pool",
            "solo",
            "--concurrency",
            "1",
        )
        quiet = (
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            "--loglevel",
            "info",
        )
        with example(
            self.simulator, self.folder, *celery, *quiet, environment=self.environment
        ) as worker:
            worker.wait_for("ready.", 60)
            yield worker

    def documents(self) -> dict[str, int]:
        return dict(self._rows("SELECT name, words FROM follow_document"))

    def files(self) -> int:
        return len(self._rows("SELECT id FROM follow_drivefile"))

    def waiting(self) -> int:
        """How many tasks the broker has."""
        return len(list((self.folder / "queue").glob("*.msg")))

    def _rows(self, query: str) -> list[tuple[str, int]]:
        with closing(sqlite3.connect(self.folder / "db.sqlite3", timeout=20)) as connection:
            return connection.execute(query).fetchall()


async def test_tasks_follow_the_drive(tmp_path: Path) -> None:
    with Simulator() as simulator:
        content(simulator, "one.txt", "one")
        content(simulator, "folder/two.txt", "one two")
        site = Site(simulator, tmp_path)
        with site.worker() as worker:
            with site.follower() as follower:
                await eventually(lambda: site.documents() == {"one.txt": 1, "two.txt": 2})
                content(simulator, "one.txt", "three words now")
                relocate(simulator, "folder/two.txt", "renamed.txt")
                await eventually(lambda: site.documents() == {"one.txt": 3, "renamed.txt": 2})
                simulator.http("DELETE", "/v1.0/me/drive/root:/folder")
                await eventually(lambda: site.documents() == {"one.txt": 3})
                assert follower.stop(signal.SIGTERM) == 130

            content(simulator, "new.txt", "made while nobody followed")
            with site.follower() as follower:
                await eventually(lambda: site.documents() == {"one.txt": 3, "new.txt": 4})
                assert follower.stop(signal.SIGINT) == 130

            # Graph does not say that it is gone: a new enumeration lacks it.
            simulator.http("DELETE", "/v1.0/me/drive/root:/one.txt")
            simulator.coming_fault({"answer": {"status": 410}}, on="delta", times=1)
            with site.follower():
                await eventually(lambda: site.documents() == {"new.txt": 4})
            assert worker.stop(signal.SIGTERM) == 0
            # Two files were new, then changed, and a third one was new. What had not changed made
            # no task, although the enumeration brought it.
            received = [line for line in worker.rest() if "received" in line]
            assert len([line for line in received if "count_words" in line]) == 5, received


async def test_no_task_is_lost(tmp_path: Path) -> None:
    with Simulator(("--seed", "b!me=50", "--page-size", "10")) as simulator:
        site = Site(simulator, tmp_path)
        # Tasks wait at the broker while there is no worker. The follower is killed meanwhile, in
        # the middle of the enumeration.
        simulator.coming_fault({"hold": {"direction": "toClient"}}, on="delta", skip=2, times=1)
        with site.follower() as follower:
            follower.wait_for("accepted 10 items", 60)
            follower.wait_for("accepted 10 items", 60)
        simulator.release_faults()
        stored = site.files()
        assert 0 < stored < 49
        with site.follower() as follower:
            follower.wait_for("accepted 10 items", 60)
            await eventually(lambda: site.files() == 49)
            assert follower.stop(signal.SIGTERM) == 130
        assert site.waiting() >= 49
        with site.worker():
            await eventually(lambda: len(site.documents()) == 49)


def test_the_migrations_are_those_of_the_models(tmp_path: Path) -> None:
    manage = str(PROJECT / "manage.py")
    command = [str(PYTHON), manage, "makemigrations", "--check", "--dry-run", "follow"]
    environment = os.environ | {"DATABASE": str(tmp_path / "db.sqlite3")}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True)

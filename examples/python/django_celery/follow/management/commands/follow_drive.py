"""Follows a drive, and hands each file that changes to Celery: `python manage.py follow_drive`.

At least once: tasks are accepted first, then the database says so. If the command is killed in
between, some tasks run twice, and none is lost.
"""

from __future__ import annotations

import os
import signal
import sys

import drivebell
from django.core.management.base import BaseCommand
from django.db import transaction
from drivebell import Resource, sync

from ...models import Checkpoint, DriveFile
from ...tasks import count_words, forget

RESOURCE = Resource.my_drive()


class Command(BaseCommand):
    help = "Follow a drive, and hand each file that changes to Celery"

    def handle(self, **_: object) -> None:
        # Supervisors send SIGTERM. End as by Ctrl-C: it interrupts the wait for changes.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        stored = Checkpoint.objects.filter(resource=str(RESOURCE)).first()
        since = stored.value if stored else "start"
        credential = os.environ["GRAPH_TOKEN"]
        try:
            with (
                sync.Client(credential, base_url=os.environ.get("GRAPH_URL")) as client,
                client.changes(RESOURCE, since=since) as changes,
            ):
                for batch in changes:
                    accept(batch)
                    self.stdout.write(f"accepted {len(batch.items)} items")
        except KeyboardInterrupt:
            sys.exit(130)


def accept(batch: drivebell.ChangeBatch) -> None:
    """Hands out the tasks of a batch, and stores that they are accepted."""
    known = dict(
        DriveFile.objects.filter(id__in=[item.id for item in batch.items]).values_list("id", "etag")
    )
    files, deleted = [], []
    for item in batch.items:
        assert isinstance(item, drivebell.DriveItem)
        if item.deleted:
            deleted.append(item.id)
            forget.delay(item.id)
        elif item.is_file:
            etag = item.etag or ""
            files.append(DriveFile(id=item.id, etag=etag, snapshot=batch.snapshot or ""))
            # An enumeration brings every file again.
            if etag == "" or known.get(item.id) != etag:
                count_words.delay(item.drive_id, item.id)
    gone = gone_since(batch)
    for item_id in gone:
        forget.delay(item_id)
    with transaction.atomic():
        DriveFile.objects.filter(id__in=[*deleted, *gone]).delete()
        DriveFile.objects.bulk_create(
            files,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["etag", "snapshot"],
        )
        Checkpoint.objects.update_or_create(
            resource=str(RESOURCE), defaults={"value": batch.checkpoint}
        )


def gone_since(batch: drivebell.ChangeBatch) -> list[str]:
    """The files that an enumeration has not brought: they were deleted without Graph saying so."""
    if not batch.caught_up or batch.snapshot is None:
        return []
    here = {item.id for item in batch.items}
    older = DriveFile.objects.filter(snapshot__lt=batch.snapshot).values_list("id", flat=True)
    return [item_id for item_id in older if item_id not in here]

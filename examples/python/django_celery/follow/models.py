from __future__ import annotations

from django.db import models


class Checkpoint(models.Model):
    """Where the stream of a drive's changes goes on after a restart."""

    resource = models.CharField(max_length=500, primary_key=True)
    value = models.TextField()


class DriveFile(models.Model):
    """A file that the drive has, as far as its tasks have been handed to Celery."""

    id = models.CharField(max_length=200, primary_key=True)
    # Graph's tag of the file: while it is the same, there is nothing to do.
    etag = models.TextField(blank=True)
    # The enumeration that brought it last: see `gone_since`.
    snapshot = models.CharField(max_length=100, db_index=True, blank=True)


class Document(models.Model):
    """What the tasks make of a file."""

    id = models.CharField(max_length=200, primary_key=True)
    name = models.TextField()
    words = models.PositiveIntegerField()

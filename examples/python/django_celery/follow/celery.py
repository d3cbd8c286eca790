"""The Celery app: `celery --app follow worker`."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "follow.settings")

app = Celery("follow")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

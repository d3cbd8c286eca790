"""A Django project that follows a drive, and hands each file that changes to Celery."""

from __future__ import annotations

from .celery import app as celery_app

__all__ = ["celery_app"]

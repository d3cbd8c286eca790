"""What this project needs, and nothing more. A site adds these lines to its own settings."""

from __future__ import annotations

import os
from pathlib import Path

BASE = Path(__file__).resolve().parent.parent

INSTALLED_APPS = ["follow"]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("DATABASE", BASE / "db.sqlite3"),
        # The worker and the command write to the same file.
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
# It signs nothing here: there are no pages and no sessions.
SECRET_KEY = os.environ.get("SECRET_KEY", "unused")

CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL", "redis://127.0.0.1/0")
CELERY_TASK_IGNORE_RESULT = True
# A worker that dies leaves its task to another one.
CELERY_TASK_ACKS_LATE = True

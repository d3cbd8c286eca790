"""What is done with a file.

Each task looks at the drive itself, so that it may run twice, late, and in any order.
"""

from __future__ import annotations

import os

import httpx
from celery import shared_task

from .models import Document

GRAPH = os.environ.get("GRAPH_URL", "https://graph.microsoft.com")


@shared_task(autoretry_for=(httpx.HTTPError,), retry_backoff=True, max_retries=None)
def count_words(drive_id: str, item_id: str) -> None:
    item = f"{GRAPH}/v1.0/drives/{drive_id}/items/{item_id}"
    # In production: a token that is renewed, such as azure-identity's.
    bearer = {"Authorization": f"Bearer {os.environ['GRAPH_TOKEN']}"}
    # Graph redirects to where the content is. httpx does not send the token there.
    with httpx.Client(headers=bearer, follow_redirects=True, timeout=60) as graph:
        known = graph.get(item)
        content = graph.get(f"{item}/content")
    if httpx.codes.NOT_FOUND in (known.status_code, content.status_code):
        # Deleted meanwhile.
        Document.objects.filter(id=item_id).delete()
        return
    known.raise_for_status()
    content.raise_for_status()
    Document.objects.update_or_create(
        id=item_id,
        defaults={"name": known.json()["name"], "words": len(content.content.split())},
    )


@shared_task
def forget(item_id: str) -> None:
    Document.objects.filter(id=item_id).delete()

"""Enumerates the drive with a loop written by hand, over httpx and the standard library's json."""

import os
from datetime import datetime

import httpx
from enumeration import Enumeration, measure


async def enumerate_drive(enumeration: Enumeration) -> None:
    # Setup:
    headers = {"Authorization": f"Bearer {os.environ['GRAPH_TOKEN']}"}
    url = f"{os.environ['GRAPH_URL']}/v1.0/me/drive/root/delta"
    async with httpx.AsyncClient(headers=headers) as client:
        while url:
            response = await client.get(url)
            page = response.raise_for_status().json()
            for item in page["value"]:
                parent = item.get("parentReference", {}).get("id")
                modified = datetime.fromisoformat(item["lastModifiedDateTime"])
                enumeration.add(item["id"], item.get("name"), item.get("size"), parent, modified)
            url = page.get("@odata.nextLink")
    # End of setup.


measure(enumerate_drive)

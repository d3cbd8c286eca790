"""Keeps a table of a drive by the loop that Microsoft's documentation describes."""

import os

import httpx
from bell import Bell
from table import Table

bell = Bell()
table = Table(bell.audit)


# Setup:
class Loop:
    def __init__(self) -> None:
        headers = {"Authorization": f"Bearer {os.environ['GRAPH_TOKEN']}"}
        self.http = httpx.Client(headers=headers)
        self.link = f"{os.environ['GRAPH_URL']}/v1.0/me/drive/root/delta"

    def look(self) -> None:
        while not self.page():
            pass

    def page(self) -> bool:
        """Reads a page, and returns whether it was the last."""
        response = self.http.get(self.link)
        if response.status_code == httpx.codes.GONE:
            self.link = response.headers["Location"]
            return False
        page = response.raise_for_status().json()
        for item in page["value"]:
            if "deleted" in item:
                table.remove(item["id"])
            else:
                parent = item["parentReference"].get("id")
                table.put(item["id"], item["name"], parent, item["eTag"])
        last = "@odata.deltaLink" in page
        self.link = page["@odata.deltaLink" if last else "@odata.nextLink"]
        # End of setup.
        bell.begun()
        # Setup:
        return last


# End of setup.
bell.run(Loop().look)

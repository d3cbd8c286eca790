"""Keeps a table of a drive with office365-rest-python-client's delta collection."""

import os

import office365.graph_request
from bell import Bell
from office365.graph_client import GraphClient
from requests import Response
from table import Table

bell = Bell()
table = Table(bell.audit)
# Its clouds are a fixed list.
office365.graph_request.get_graph_authority = lambda _: os.environ["GRAPH_URL"]


def get_token() -> dict[str, str]:
    return {"token_type": "Bearer", "access_token": os.environ["GRAPH_TOKEN"]}


# Setup:
class Drive:
    link: str | None = None

    def look(self) -> None:
        client = GraphClient(get_token)
        # `delta_token` is always None in 3.3.0, which drops the deltaLink from a response.
        client.pending_request().after_execute(self.keep_link, once=False)
        delta = client.me.drive.root.delta
        if self.link is not None:
            delta = delta.token(self.link.partition("token=")[2])
        delta.get_all(page_loaded=lambda _: bell.begun()).execute_query()
        for item in delta:
            if item.deleted:
                table.remove(item.id)
            else:
                table.put(item.id, item.name, item.parent_reference.id, item.etag)

    def keep_link(self, response: Response) -> None:
        self.link = response.json().get("@odata.deltaLink", self.link)


# End of setup.
bell.run(Drive().look)

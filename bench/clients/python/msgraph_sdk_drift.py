"""Keeps a table of a drive with Microsoft's SDK, as its documentation says."""

import asyncio
import os
import time

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from bell import Bell
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient
from table import Table

bell = Bell()
table = Table(bell.audit)


class StaticToken(AsyncTokenCredential):
    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(os.environ["GRAPH_TOKEN"], int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


# Setup:
class Drive:
    def __init__(self) -> None:
        provider = AzureIdentityAuthenticationProvider(StaticToken(), allowed_hosts=["127.0.0.1"])
        adapter = GraphRequestAdapter(provider)
        adapter.base_url = f"{os.environ['GRAPH_URL']}/v1.0"
        client = GraphServiceClient(request_adapter=adapter)
        self.delta = client.drives.by_drive_id("b!me").items.by_drive_item_id("root").delta
        # The path that Graph documents for the root's delta query; the SDK would use items/root.
        self.link = f"{adapter.base_url}/me/drive/root/delta"

    async def look(self) -> None:
        while True:
            page = await self.delta.with_url(self.link).get()
            assert page is not None
            for item in page.value or []:
                if item.deleted:
                    table.remove(item.id)
                else:
                    parent = item.parent_reference.id if item.parent_reference else None
                    table.put(item.id, item.name, parent, item.e_tag)
            # End of setup.
            bell.begun()
            # Setup:
            if page.odata_delta_link is not None:
                self.link = page.odata_delta_link
                return
            self.link = page.odata_next_link


# End of setup.
drive = Drive()
loop = asyncio.new_event_loop()
bell.run(lambda: loop.run_until_complete(drive.look()))

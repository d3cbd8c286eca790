"""Enumerates the drive with Microsoft's SDK, as its documentation says."""

import os
import time

from azure.core.credentials import AccessToken
from azure.core.credentials_async import AsyncTokenCredential
from enumeration import Enumeration, measure
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider,
)
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient


class StaticToken(AsyncTokenCredential):
    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(os.environ["GRAPH_TOKEN"], int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


async def enumerate_drive(enumeration: Enumeration) -> None:
    # Setup:
    provider = AzureIdentityAuthenticationProvider(StaticToken(), allowed_hosts=["127.0.0.1"])
    adapter = GraphRequestAdapter(provider)
    adapter.base_url = f"{os.environ['GRAPH_URL']}/v1.0"
    client = GraphServiceClient(request_adapter=adapter)
    delta = client.drives.by_drive_id("b!me").items.by_drive_item_id("root").delta
    # The path that Graph documents for the root's delta query; the SDK would use items/root.
    page = await delta.with_url(f"{adapter.base_url}/me/drive/root/delta").get()
    while page is not None:
        for item in page.value or []:
            parent = item.parent_reference.id if item.parent_reference else None
            enumeration.add(item.id, item.name, item.size, parent, item.last_modified_date_time)
        if page.odata_next_link is None:
            break
        page = await delta.with_url(page.odata_next_link).get()
    # End of setup.


measure(enumerate_drive)

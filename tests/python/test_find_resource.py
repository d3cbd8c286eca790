"""Addresses of a browser, and the drives and lists behind them."""

from collections.abc import Iterator

import pytest
from change_streams import seeded
from deadline import soon
from drivebell import Client, InvalidArgumentError, NotFoundError, Resource, StateError, sync

from simulator import TOKEN, Simulator

TEAM = Resource.drive("b!team")
SITE = "https://contoso.sharepoint.com/sites/contoso"


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with seeded(3) as simulator:
        yield simulator


def client_of(simulator: Simulator) -> Client:
    return Client(TOKEN, base_url=simulator.base_url, first_refusal_timeout=0.01)


@pytest.mark.parametrize(
    ("address", "resource"),
    [
        ("/me/drive", Resource.my_drive()),
        ("drives/b!team", TEAM),
        (SITE, TEAM),
        ("https://contoso.sharepoint.com/", TEAM),
        (f"{SITE}/SitePages/Home.aspx", TEAM),
        (f"{SITE}/Documents/Forms/AllItems.aspx", TEAM),
        (f"{SITE}/Documents/Forms/AllItems.aspx?id=%2Fsites%2Fcontoso%2FDocuments", TEAM),
        (f"{SITE}/Lists/Documents/AllItems.aspx", Resource.site_list("contoso", "documents")),
        ("https://onedrive.live.com/?cid=b!me&id=root", Resource.drive("b!me")),
    ],
)
async def test_an_address_leads_to_its_drive_or_list(
    simulator: Simulator, address: str, resource: Resource
) -> None:
    async with client_of(simulator) as client:
        assert await soon(client.find_resource(address)) == resource


async def test_the_address_of_an_item_leads_to_its_drive(simulator: Simulator) -> None:
    async with client_of(simulator) as client:
        async with client.changes(Resource.my_drive(), since="start", push="off") as changes:
            items = (await soon(anext(changes))).items
        addresses = [item.web_url for item in items if item.web_url is not None]
        assert len(addresses) == len(items) > 2
        for address in addresses:
            assert await soon(client.find_resource(address)) == Resource.drive("b!me")


def test_it_blocks_in_sync(simulator: Simulator) -> None:
    with sync.Client(TOKEN, base_url=simulator.base_url) as client:
        assert client.find_resource(SITE) == TEAM


async def test_an_address_without_a_drive_is_not_found(simulator: Simulator) -> None:
    async with client_of(simulator) as client:
        for address in (
            "https://contoso.sharepoint.com/sites/nowhere",
            f"{SITE}/Documents/no/such/file.txt",
            "https://example.com/",
        ):
            with pytest.raises(NotFoundError):
                await soon(client.find_resource(address))
        count = len(simulator.requests())
        with pytest.raises(InvalidArgumentError) as raised:
            await client.find_resource("http://contoso.sharepoint.com/sites/contoso")
        assert raised.value.argument == "resource"
        for text in ("", "/nowhere", 7):
            with pytest.raises(InvalidArgumentError, match="resource"):
                await client.find_resource(text)  # type: ignore[arg-type]
        assert len(simulator.requests()) == count
    with pytest.raises(StateError):
        await client.find_resource("/me/drive")


async def test_a_sharing_link_is_not_logged(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    link = "https://contoso.sharepoint.com/:f:/s/contoso/EsecretEsecretEsecret?e=x"
    async with client_of(simulator) as client:
        with pytest.raises(NotFoundError) as raised:
            await soon(client.find_resource(link))
    [path] = {request["path"] for request in simulator.requests()}
    token = path.split("/")[3]
    assert token.startswith("u!")
    assert "/v1.0/shares" in caplog.text
    assert token not in caplog.text + str(raised.value)

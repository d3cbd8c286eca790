"""Endpoints, errors, and arguments that are rejected before any traffic."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import logging
import os
import pickle
import socket
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import drivebell
import pytest
from conftest import Start
from deadline import eventually, soon
from declared_options import (
    CHANGES_OPTIONS,
    CLIENT_OPTIONS,
    MIRROR_OPTIONS,
    SHARED_OPTIONS,
    Option,
)
from drivebell import Client, Cloud, Resource

from simulator import TOKEN, Simulator


async def test_an_endpoint_has_the_fields_of_the_response(client: Client) -> None:
    endpoint = await client.endpoint(Resource.my_drive())
    other = await client.endpoint(Resource.my_drive())
    assert endpoint.id
    assert endpoint.id != other.id
    assert endpoint.notification_url != other.notification_url
    assert endpoint.notification_url.startswith("http://127.0.0.1:")
    assert endpoint.host == "127.0.0.1"
    lifetime = endpoint.expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < lifetime < timedelta(minutes=61)
    assert endpoint.client_state is not None
    assert endpoint.client_state.startswith("system-managed:")
    assert endpoint.additional_data["@odata.context"].endswith("#subscriptions/$entity")


async def test_an_endpoint_without_expiry_expires_after_an_hour(start: Start) -> None:
    with start("--endpoint", "documented") as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            endpoint = await client.endpoint(Resource.my_drive())
            lifetime = endpoint.expires_at - datetime.now(UTC)
            assert timedelta(minutes=59) < lifetime < timedelta(minutes=61)
            async with client.subscribe(Resource.my_drive()) as sub:
                simulator.notify()
                assert (await soon(anext(aiter(sub)))).kind == "changed"


async def test_the_request_is_as_documented(start: Start) -> None:
    with start() as simulator:
        async with Client(
            TOKEN, base_url=simulator.base_url, api_version="beta", user_agent="ISV|Me|App/2.0"
        ) as client:
            await client.endpoint(Resource.my_drive())
        [request] = simulator.requests()
    headers = dict(request["headers"])
    assert request["method"] == "GET"
    assert request["path"] == "/beta/me/drive/root/subscriptions/socketIo"
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "ISV|Me|App/2.0"
    assert len(headers["client-request-id"]) == 36


@pytest.mark.parametrize(
    ("resource", "root"),
    [
        (Resource.my_drive(), "/me/drive/root"),
        (Resource.drive("b!team"), "/drives/b!team/root"),
        (Resource.drive_list("b!team"), "/drives/b!team/list"),
        (Resource.group_drive("team"), "/groups/team/drive/root"),
        (
            Resource.site_list_drive("contoso", "documents"),
            "/sites/contoso/lists/documents/drive/root",
        ),
        (Resource.site_list("contoso", "documents"), "/sites/contoso/lists/documents"),
        (Resource.user_drive("alex@contoso.com"), "/users/alex@contoso.com/drive/root"),
        (Resource.site_drive("contoso"), "/sites/contoso/drive/root"),
        (
            Resource.path("/drives/b!team/root/subscriptions/socketIo"),
            "/drives/b!team/root/subscriptions/socketIo",
        ),
    ],
    ids=str,
)
async def test_every_resource_can_be_subscribed(
    client: Client, simulator: Simulator, resource: Resource, root: str
) -> None:
    assert str(resource) == root
    suffix = "/subscriptions/socketIo"
    assert resource.subscription_path == root.removesuffix(suffix) + suffix
    drive = "b!me" if root.startswith("/me") else "b!team"
    async with client.subscribe(resource) as sub:
        simulator.notify(drive=drive)
        note = await soon(anext(aiter(sub)))
    assert note.resource == resource


def test_resources_compare_by_path() -> None:
    assert Resource.drive("x") == Resource.path(
        "/drives/x/root/subscriptions/socketIo", "/drives/x/root/delta"
    )
    assert hash(Resource.drive("x")) == hash(Resource.drive("x"))
    assert Resource.drive("x") != Resource.drive("y")
    assert Resource.drive("a#b").delta_path == "/drives/a%23b/root/delta"
    assert repr(Resource.drive("x")) == "Resource.parse('/drives/x/root')"


def _client(**options: Any) -> Callable[[], object]:
    return lambda: Client(options.pop("credential", TOKEN), **options)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (_client(credential=""), "token"),
        (_client(credential="two words"), "token"),
        (_client(credential=7), "credential"),
        (_client(credential=None), "credential"),
        (_client(credential=lambda _one, _two: ""), "credential"),
        (_client(cloud="moon"), "cloud"),
        (_client(cloud="global", base_url="https://graph.microsoft.com"), "base_url"),
        (_client(base_url="http://graph.microsoft.com"), "base_url"),
        (_client(base_url="nonsense"), "base_url"),
        (_client(base_url="https://graph.microsoft.com/v1.0"), "base_url"),
        (_client(api_version="v2"), "api_version"),
        (_client(scopes=[]), "scopes"),
        (_client(scopes="Files.Read"), "scopes"),
        (_client(proxy="nonsense"), "proxy"),
        (_client(ca_bundle="/nowhere/ca.pem"), "ca_bundle"),
        (_client(user_agent="a\nb"), "user_agent"),
        (lambda: Resource.drive(""), "id"),
        (lambda: Resource.drive("a/b"), "id"),
        (lambda: Resource.drive_list("a/b"), "id"),
        (lambda: Resource.group_drive(""), "id"),
        (lambda: Resource.user_drive(".."), "id"),
        (lambda: Resource.site_drive(""), "id"),
        (lambda: Resource.site_list("", "x"), "site_id"),
        (lambda: Resource.site_list_drive("x", "a/b"), "list_id"),
        (lambda: Resource.path("/me/drive/root"), "path"),
        (lambda: Resource.path("/x?y/subscriptions/socketIo"), "path"),
        (lambda: Resource.path("/x/subscriptions/socketIo", "x"), "delta"),
        (lambda: Client(TOKEN).subscribe("/me/drive"), "resource"),  # type: ignore[arg-type]
    ],
)
def test_an_invalid_argument_is_named_by_the_error(
    call: Callable[[], object], argument: str
) -> None:
    with pytest.raises(drivebell.InvalidArgumentError) as raised:
        call()
    assert raised.value.argument == argument
    assert str(raised.value).startswith(argument)
    assert isinstance(raised.value, ValueError)
    assert isinstance(raised.value, drivebell.Error)


POSITIVE = [
    option.name for option in CLIENT_OPTIONS if option.is_duration and not option.zero_has_a_meaning
]
ZERO_HAS_A_MEANING = [
    option.name for option in CLIENT_OPTIONS if option.is_duration and option.zero_has_a_meaning
]
COUNTS = [option.name for option in CLIENT_OPTIONS if option.is_count]


@pytest.mark.parametrize("option", [*POSITIVE, *ZERO_HAS_A_MEANING])
def test_an_invalid_duration_is_named_by_the_error(option: str) -> None:
    bad: list[Any] = [-1, -0.001, float("nan"), float("-inf"), True, False, "1", timedelta(1), []]
    for value in bad:
        with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option}: ") as raised:
            Client(TOKEN, **{option: value})
        assert raised.value.argument == option


@pytest.mark.parametrize("option", [*POSITIVE, *ZERO_HAS_A_MEANING])
def test_a_duration_may_be_of_any_length(option: str) -> None:
    for value in (0.001, 1, 2**64, 1e300, 10**400, float("inf"), None):
        Client(TOKEN, **{option: value})  # type: ignore[arg-type]
    for value in (0, 0.0):
        if option in ZERO_HAS_A_MEANING:
            Client(TOKEN, **{option: value})  # type: ignore[arg-type]
        else:
            with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option}: "):
                Client(TOKEN, **{option: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("option", COUNTS)
def test_an_invalid_count_is_named_by_the_error(option: str) -> None:
    bad: list[Any] = [0, -1, 2**64, 1.0, float("nan"), True, "1"]
    for value in bad:
        with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option}: ") as raised:
            Client(TOKEN, **{option: value})
        assert raised.value.argument == option
    for good in (1, 2**32 - 1, None):
        Client(TOKEN, **{option: good})  # type: ignore[arg-type]


async def test_a_session_works_with_the_longest_durations_and_the_greatest_counts(
    simulator: Simulator,
) -> None:
    longest = dict.fromkeys((*POSITIVE, *ZERO_HAS_A_MEANING), float("inf"))
    greatest = dict.fromkeys(COUNTS, 2**32 - 1)
    async with Client(TOKEN, base_url=simulator.base_url, **longest, **greatest) as client:  # type: ignore[arg-type]
        await soon(client.endpoint(Resource.my_drive()))
        async with client.subscribe(Resource.my_drive()) as sub:
            simulator.notify()
            assert (await soon(anext(aiter(sub)))).kind == "changed"


@pytest.mark.parametrize(
    ("call", "options"),
    [
        (Client.__init__, CLIENT_OPTIONS),
        (Client.changes, CHANGES_OPTIONS),
        (Client.mirror, MIRROR_OPTIONS + CHANGES_OPTIONS),
    ],
    ids=["client", "changes", "mirror"],
)
def test_every_option_is_a_parameter_and_is_documented(
    call: Callable[..., object], options: list[Option]
) -> None:
    parameters = inspect.signature(call).parameters.values()
    by_name = {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
    assert by_name - {"since", "stop_event"} == {option.name for option in options}
    documentation = inspect.getdoc(call) or ""
    for option in options:
        assert f"- `{option.name}`: " in documentation


@pytest.mark.parametrize("option", CHANGES_OPTIONS, ids=lambda option: option.name)
async def test_an_invalid_option_of_changes_is_named_by_the_error(
    client: Client, option: Option
) -> None:
    for value in (object(), -1 if option.is_duration or option.is_count else b""):
        with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option.name}: ") as raised:
            client.changes(Resource.my_drive(), since="now", **{option.name: value})  # type: ignore[arg-type]
        assert raised.value.argument == option.name


@pytest.mark.parametrize("option", MIRROR_OPTIONS + CHANGES_OPTIONS, ids=lambda option: option.name)
async def test_an_invalid_option_of_mirror_is_named_by_the_error(
    client: Client, option: Option, tmp_path: Path
) -> None:
    bad: dict[str, Any] = {option.name: object()}
    with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option.name}: ") as raised:
        client.mirror(Resource.my_drive(), tmp_path / "drive.db", **bad)
    assert raised.value.argument == option.name
    with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option.name}: "):
        client.mirror_all([], tmp_path / "drive.db", **bad)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("option", SHARED_OPTIONS + CHANGES_OPTIONS, ids=lambda option: option.name)
async def test_an_invalid_option_of_a_shared_stream_is_named_by_the_error(
    client: Client, option: Option
) -> None:
    store = drivebell.MemoryStore()
    for value in (object(), -1 if option.is_duration or option.is_count else b""):
        bad: dict[str, Any] = {option.name: value}
        with pytest.raises(drivebell.InvalidArgumentError, match=f"^{option.name}: ") as raised:
            client.changes_shared([], store, **bad)
        assert raised.value.argument == option.name


def test_every_option_of_sharing_is_a_parameter_and_is_documented() -> None:
    parameters = inspect.signature(Client.changes_shared).parameters.values()
    by_name = {each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY}
    names = {option.name for option in SHARED_OPTIONS + CHANGES_OPTIONS}
    assert by_name - {"since", "stop_event"} == names
    documentation = inspect.getdoc(Client.changes_shared) or ""
    for option in SHARED_OPTIONS:
        assert f"- `{option.name}`: " in documentation


async def test_invalid_handlers_and_events_are_named_by_the_error(client: Client) -> None:
    sub = client.subscribe(Resource.my_drive())
    with pytest.raises(drivebell.InvalidArgumentError, match=r"^handler: "):
        sub.on("notification", "not callable")  # type: ignore[call-overload]
    with pytest.raises(drivebell.InvalidArgumentError, match=r"^event: 'notifications'"):
        sub.on("notifications", print)  # type: ignore[call-overload]
    with pytest.raises(drivebell.InvalidArgumentError, match=r"^event: "):
        sub.on("open")  # type: ignore[call-overload]
    with pytest.raises(drivebell.InvalidArgumentError, match=r"^resource: "):
        await client.endpoint(None)  # type: ignore[arg-type]


def test_every_cloud_is_known() -> None:
    for cloud in Cloud:
        assert "graph" in repr(Client(TOKEN, cloud=cloud))
    assert "dod-graph.microsoft.us" in repr(Client(TOKEN, cloud="us-gov-l5"))


async def test_a_refused_token_is_an_authentication_error(simulator: Simulator) -> None:
    async with Client("another-token", base_url=simulator.base_url) as client:
        with pytest.raises(drivebell.AuthenticationError) as raised:
            await client.endpoint(Resource.my_drive())
        with pytest.raises(drivebell.AuthenticationError):
            async with client.subscribe(Resource.my_drive()):
                pytest.fail("entered")
    error = raised.value
    assert (error.status, error.code) == (401, "InvalidAuthenticationToken")
    assert error.request_id
    assert error.client_request_id
    assert not error.retryable
    assert isinstance(error, drivebell.GraphError)


async def test_an_unknown_drive_is_a_not_found_error(client: Client) -> None:
    with pytest.raises(drivebell.NotFoundError) as raised:
        await client.endpoint(Resource.drive("b!unknown"))
    assert (raised.value.status, raised.value.code) == (404, "itemNotFound")


async def test_an_app_only_token_has_its_own_message(start: Start) -> None:
    def part(value: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none'})}.{part({'idtyp': 'app', 'roles': ['Files.Read.All']})}.c2ln"
    with start(tokens=(token,)) as simulator:
        async with Client(token, base_url=simulator.base_url) as client:
            with pytest.raises(drivebell.AccessDeniedError) as raised:
                await client.endpoint(Resource.my_drive())
    assert "application permissions are not supported by this API" in str(raised.value)
    assert token not in repr(raised.value)


async def test_an_unreachable_server_is_a_connection_error() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    base_url = f"http://127.0.0.1:{port}"
    async with Client(TOKEN, base_url=base_url, retry_timeout=0) as client:
        with pytest.raises(drivebell.ConnectionFailedError) as raised:
            await client.endpoint(Resource.my_drive())
    assert raised.value.retryable
    assert raised.value.__cause__ is not None


async def test_a_server_that_never_responds_is_a_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base_url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        async with Client(TOKEN, base_url=base_url, request_timeout=0.2, retry_timeout=0) as client:
            with pytest.raises(drivebell.TimeoutError):
                await soon(client.endpoint(Resource.my_drive()))


async def test_a_closed_client_raises_a_state_error(simulator: Simulator) -> None:
    client = Client(TOKEN, base_url=simulator.base_url)
    sub = client.subscribe(Resource.my_drive())
    async with sub:
        await client.aclose()
        await soon(sub.wait_closed())
    await client.aclose()
    with pytest.raises(drivebell.StateError, match="closed"):
        client.subscribe(Resource.my_drive())
    with pytest.raises(drivebell.StateError, match="closed"):
        await client.endpoint(Resource.my_drive())


async def test_the_session_is_logged(
    client: Client, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, logger="drivebell"):
        async with client.subscribe(Resource.my_drive()):
            pass
        await eventually(lambda: "connected resource=/me/drive/root" in caplog.text)
    [request] = [record for record in caplog.records if record.message.startswith("answered")]
    assert request.levelno == logging.DEBUG
    sent = dict(simulator.requests()[-2]["headers"])["client-request-id"]
    assert f"client_request_id={sent}" in request.message


async def test_no_secret_is_printed(
    client: Client, simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    endpoint = await client.endpoint(Resource.my_drive())
    secret = endpoint.notification_url.split("?")[1]
    printed = [repr(client), str(client), repr(endpoint), str(endpoint)]
    async with client.subscribe(Resource.my_drive()) as sub:
        printed += [repr(sub), str(sub)]
    async with Client("another-token", base_url=simulator.base_url) as stranger:
        with pytest.raises(drivebell.Error) as raised:
            await stranger.endpoint(Resource.my_drive())
    printed += traceback.format_exception(raised.value)
    printed += [repr(raised.value), repr(vars(raised.value))]
    await eventually(lambda: "connected resource=" in caplog.text)
    for text in [*printed, caplog.text]:
        assert TOKEN not in text
        assert "another-token" not in text
        assert secret not in text
        assert "token=" not in text


async def test_errors_survive_pickling(client: Client) -> None:
    with pytest.raises(drivebell.NotFoundError) as raised:
        await client.endpoint(Resource.drive("b!unknown"))
    copy = pickle.loads(pickle.dumps(raised.value))
    assert type(copy) is drivebell.NotFoundError
    assert str(copy) == str(raised.value)
    assert vars(copy) == vars(raised.value)


def test_every_exception_is_a_drivebell_error() -> None:
    for name in drivebell.__all__:
        if name.endswith("Error"):
            assert issubclass(getattr(drivebell, name), drivebell.Error)


async def test_closing_a_client_fails_its_calls_under_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(TOKEN, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")
        calling = asyncio.create_task(client.endpoint(Resource.my_drive()))
        silent.setblocking(False)
        connection, _ = await soon(asyncio.get_running_loop().sock_accept(silent))
        await soon(client.aclose())
        with pytest.raises(drivebell.StateError, match="client is closed"):
            await soon(calling)
        connection.close()


async def test_closing_a_client_stops_handlers_and_discards_events(simulator: Simulator) -> None:
    client = Client(TOKEN, base_url=simulator.base_url)
    started, handled = asyncio.Event(), 0

    async def hang(_note: drivebell.Notification) -> None:
        nonlocal handled
        handled += 1
        started.set()
        await asyncio.Event().wait()

    async with (
        client.subscribe(Resource.my_drive()) as busy,
        client.subscribe(Resource.my_drive()) as idle,
    ):
        busy.on("notification", hang)
        simulator.notify(3)
        await soon(started.wait())
        notes = aiter(idle)
        await soon(anext(notes))
        await eventually(lambda: idle.stats().notifications == 3)
        await soon(client.aclose())
        assert await soon(anext(notes, None)) is None
        assert handled == 1
        await soon(busy.wait_closed())


@pytest.mark.parametrize(
    ("call", "name", "default"),
    [
        (Client, "request_timeout", 30.0),
        (Client, "start_timeout", 30.0),
        (Client, "max_endpoint_age", None),
        (Client, "api_version", "v1.0"),
        (drivebell.sync.Client, "max_handshakes", 100),
        (Client.changes, "push", "auto"),
        (drivebell.sync.Client.mirror, "initial", "created"),
    ],
)
def test_signatures_show_the_defaults(
    call: Callable[..., object], name: str, default: object
) -> None:
    parameter = inspect.signature(call).parameters[name]
    assert parameter.default == default
    assert type(parameter.default) is type(default)

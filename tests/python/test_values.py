"""Values compare, and go through hash, copy, pickle, JSON, `match` and pydantic."""

import copy
import inspect
import json
import pickle
import typing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import drivebell
import pytest
from change_streams import QUICK, seeded
from deadline import soon
from drivebell import (
    AccessDeniedError,
    Change,
    ChangeBatch,
    Client,
    Connected,
    Disconnected,
    DriveItem,
    Ended,
    Endpoint,
    Hashes,
    Identity,
    InvalidArgumentError,
    Lifecycle,
    ListItem,
    MemberBatch,
    Notification,
    Payload,
    PushRefused,
    QueryFailed,
    RemoteItem,
    Renewed,
    Resource,
    SigningIn,
    StateError,
    Unavailable,
)
from drivebell._lifecycle import KINDS
from drivebell._names import LifecycleKind
from pydantic import BaseModel, TypeAdapter, ValidationError

from simulator import TOKEN

NOON = datetime(2026, 1, 2, 12, 30, 15, 250_000, tzinfo=UTC)
DRIVE = Resource.drive("b!x")
PAYLOAD = {"subscriptionId": "s", "resource": "list", "tenantId": "t"}
RAW = {
    "id": "1",
    "name": "plan é.pdf",
    "size": 3,
    "file": {"mimeType": "application/pdf", "hashes": {"quickXorHash": "q"}},
    "eTag": '"{E},1"',
    "lastModifiedDateTime": "2026-01-02T12:30:15Z",
    "createdBy": {"user": {"id": "u", "displayName": "Alex"}},
    "unknown": [1, None],
}
ITEM = DriveItem.from_raw(RAW)
ROW = ListItem.from_raw({"id": "7", "contentType": {"name": "Task"}, "fields": {"Title": "a"}})
CHANGE_JSON = {
    "resource": "/drives/b!x/root",
    "sequence": 4,
    "kind": "renamed",
    "path": "/new.pdf",
    "old_path": "/old.pdf",
    "content_changed": False,
    "sharing_changed": False,
    "descendants": 0,
    "trigger": "hint",
    "item": RAW,
}
CHANGE = Change.from_json(CHANGE_JSON)
REFUSED = AccessDeniedError("no", status=403)

# Each makes an equal value, and the next one another.
VALUES: list[tuple[Callable[[], object], object]] = [
    (lambda: Resource.drive("b!x"), Resource.drive("b!y")),
    (lambda: Resource.path("/x/subscriptions/socketIo", "/x/delta"), Resource.parse("/me/drive")),
    (lambda: DriveItem.from_raw(dict(reversed(RAW.items()))), DriveItem.from_raw({"id": "1"})),
    (lambda: ListItem.from_raw(json.dumps(ROW.raw)), ListItem.from_raw({"id": "7"})),
    (lambda: Notification(DRIVE, PAYLOAD, received_at=NOON), Notification(DRIVE, received_at=NOON)),
    (lambda: Notification(DRIVE, coalesced=2, received_at=NOON), Notification(DRIVE, coalesced=2)),
    (lambda: Payload.from_raw(PAYLOAD), Payload.from_raw({**PAYLOAD, "webId": "w"})),
    (lambda: ChangeBatch([ITEM, ITEM], "c"), ChangeBatch([ITEM], "c")),
    (lambda: ChangeBatch([ROW], "c", trigger="poll"), ChangeBatch([ROW], "c")),
    (lambda: MemberBatch(DRIVE, [ITEM], "c", initial=True), ChangeBatch([ITEM], "c", initial=True)),
    (lambda: Change.from_json(CHANGE.to_json()), Change.from_json({**CHANGE_JSON, "path": "/"})),
    (lambda: Identity(id="u", display_name="A"), Identity(id="u")),
    (lambda: Hashes(sha1="1"), Hashes(sha256="1")),
    (lambda: RemoteItem(id="1", drive_id="d"), RemoteItem()),
    (lambda: Connected(DRIVE), Renewed(DRIVE)),
    (
        lambda: Disconnected(DRIVE, reason="deaf", retry_in=1.5, message="m"),
        Disconnected(DRIVE, reason="deaf", retry_in=1.5),
    ),
]


@pytest.mark.parametrize(("make", "other"), VALUES, ids=lambda it: type(it).__name__)
def test_values_compare_hash_copy_and_pickle(make: Callable[[], object], other: object) -> None:
    value, same = make(), make()
    assert value is not same
    assert value == same
    assert hash(value) == hash(same)
    assert value != other
    assert value != "another type"
    for again in (copy.copy(value), copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert again == value
        assert type(again) is type(value)
        assert hash(again) == hash(value)
        assert repr(again) == repr(value)
    assert len({value, same, other}) == 2


@pytest.mark.parametrize("make", [it[0] for it in VALUES])
def test_dictionaries_are_json(make: Callable[[], Any]) -> None:
    value = make()
    dictionary = value.to_dict()
    assert json.loads(json.dumps(dictionary)) == dictionary
    assert dictionary


@pytest.mark.parametrize(
    "value",
    [
        Notification(DRIVE, PAYLOAD, coalesced=2, received_at=NOON),
        Notification(DRIVE, received_at=NOON),
        ChangeBatch([ITEM], "c", trigger="audit", initial=True, snapshot="s", resync_code="r"),
        ChangeBatch([ROW], "c", caught_up=False),
        ChangeBatch([], "c"),
    ],
    ids=repr,
)
def test_dictionaries_lead_back(value: Notification | ChangeBatch) -> None:
    dictionary = json.loads(json.dumps(value.to_dict()))
    assert type(value).from_dict(dictionary) == value
    for name in dictionary:
        if name != "kind":
            with pytest.raises(ValueError, match=name):
                type(value).from_dict({key: it for key, it in dictionary.items() if key != name})


def test_a_resource_is_parsed_from_its_text() -> None:
    for resource in (
        Resource.my_drive(),
        DRIVE,
        Resource.drive_list("b!x"),
        Resource.site_list("a,b,c", "l"),
        Resource.site_list_drive("a,b,c", "l"),
        Resource.user_drive("alex@contoso.com"),
        Resource.group_drive("g"),
        Resource.site_drive("a b"),
        Resource.path("/drives/x/special/documents/subscriptions/socketIo"),
    ):
        assert Resource.parse(str(resource)) == resource
        assert eval(repr(resource)) == resource
    # The forms of the command line.
    assert Resource.parse("me/drive") == Resource.my_drive()
    assert Resource.parse("/drives/b%21x") == DRIVE
    own = Resource.path("/x/subscriptions/socketIo", "/x/it's/delta")
    assert eval(repr(own)) == own
    for text in ("", "/me", "https://contoso.sharepoint.com/sites/x"):
        with pytest.raises(InvalidArgumentError, match="resource"):
            Resource.parse(text)


def test_the_fields_of_an_item_are_a_dictionary() -> None:
    fields = ITEM.to_dict()
    assert "raw" not in fields
    assert (fields["id"], fields["deleted"], fields["is_file"]) == ("1", False, True)
    assert fields["modified_at"] == "2026-01-02T12:30:15Z"
    assert fields["created_by"] == {"id": "u", "display_name": "Alex", "email": None}
    assert fields["hashes"] == {"quick_xor": "q", "sha1": None, "sha256": None}
    assert fields["etag"] == '"{E},1"'
    assert set(fields) == {name for name in dir(ITEM) if not name.startswith("_")} - {
        "raw",
        "detached",
        "from_raw",
        "to_dict",
    }
    assert DriveItem.from_raw(ITEM.raw) == ITEM
    assert DriveItem.from_raw(json.dumps(ITEM.raw)) == ITEM


@pytest.mark.parametrize("raw", [{}, {"id": 7}, [], "", "7", '{"id":"a"', None])
def test_what_is_no_item_is_refused(raw: Any) -> None:
    for kind in (DriveItem, ListItem):
        with pytest.raises(InvalidArgumentError) as raised:
            kind.from_raw(raw)
        assert raised.value.argument == "raw"


def test_notifications_are_made_by_hand() -> None:
    before = datetime.now(UTC)
    resync, changed = Notification(DRIVE), Notification(DRIVE, {}, coalesced=3)
    assert (resync.kind, resync.payload) == ("resync", None)
    assert changed.kind == "changed"
    assert changed.payload is not None
    assert changed.payload.raw == {}
    assert before - timedelta(seconds=1) <= changed.received_at <= datetime.now(UTC)
    note = Notification(DRIVE, json.dumps(PAYLOAD), received_at=NOON)
    assert note.payload == Payload.from_raw(PAYLOAD)
    assert note.received_at == NOON
    assert Notification(DRIVE, note.payload, received_at=NOON) == note
    assert note.to_dict() == {
        "kind": "changed",
        "resource": "/drives/b!x/root",
        "payload": PAYLOAD,
        "coalesced": 0,
        "received_at": "2026-01-02T12:30:15.25Z",
    }
    for payload in ("", "7", "[]", [1], '{"value":[{},{}]}'):
        with pytest.raises(InvalidArgumentError) as raised:
            Notification(DRIVE, payload)  # type: ignore[arg-type]
        assert raised.value.argument == "raw"
    with pytest.raises(TypeError):
        Notification("/me/drive")  # type: ignore[arg-type]


def test_batches_are_made_by_hand() -> None:
    batch = ChangeBatch([ITEM], "c", trigger="audit", initial=True, snapshot="s")
    assert batch.items == (ITEM,)
    assert (batch.checkpoint, batch.trigger, batch.initial) == ("c", "audit", True)
    assert (batch.caught_up, batch.snapshot, batch.resync_code) == (True, "s", None)
    assert batch.to_dict()["items"] == [RAW]
    with pytest.raises(TypeError, match=r"items: .*DriveItem\.from_raw"):
        ChangeBatch([RAW], "c")  # type: ignore[type-var]
    with pytest.raises(InvalidArgumentError, match="trigger"):
        ChangeBatch([], "c", trigger="whim")  # type: ignore[arg-type]


def test_changes_are_made_by_hand() -> None:
    assert (CHANGE.kind, CHANGE.path, CHANGE.old_path) == ("renamed", "/new.pdf", "/old.pdf")
    assert CHANGE.item == ITEM
    for wrong in ("", {}, {**CHANGE.to_dict(), "kind": "eaten"}, {**CHANGE.to_dict(), "item": {}}):
        with pytest.raises(InvalidArgumentError):
            Change.from_json(wrong)


def test_each_kind_of_event_is_a_class() -> None:
    assert set(KINDS) == set(typing.get_args(LifecycleKind))
    for kind, of_kind in KINDS.items():
        assert of_kind.kind == kind
    events: list[Lifecycle] = [
        Connected(DRIVE),
        Disconnected(DRIVE, reason="server_disconnect", retry_in=0.5, retry_after=0.5),
        SigningIn(DRIVE),
        Renewed(DRIVE),
        Unavailable(DRIVE, error=REFUSED, retry_in=1),
        QueryFailed(DRIVE, error=REFUSED, retry_in=1),
        PushRefused(DRIVE, error=REFUSED, retry_in=1),
        Ended(DRIVE, error=REFUSED, coalesced=1),
    ]
    told: list[object] = []
    for event in events:
        match event:
            case Disconnected(reason=reason, retry_in=retry_in):
                told.append((reason, retry_in))
            case Unavailable(error=error) | QueryFailed(error=error) | PushRefused(error=error):
                told.append((event.kind, error.status))
            case Ended(resource, error=error):
                told.append((str(resource), error.status))
            case _:
                told.append((event.reason, event.error))
    nothing = (None, None)
    failed = [(kind, 403) for kind in ("unavailable", "query_failed", "push_refused")]
    gone = [nothing, nothing, *failed, ("/drives/b!x/root", 403)]
    assert told == [nothing, ("server_disconnect", 0.5), *gone]
    assert repr(events[1]) == (
        "Disconnected(Resource.parse('/drives/b!x/root'), reason='server_disconnect', "
        "retry_in=0.5, retry_after=0.5)"
    )
    ended = events[7].to_dict()
    assert ended["error"] == "no"
    assert str(ended["help_url"]).endswith("/errors/access-denied/")
    again = pickle.loads(pickle.dumps(events[7]))
    assert (type(again.error), again.error.status, again.coalesced) == (AccessDeniedError, 403, 1)
    with pytest.raises(AttributeError):
        events[0].color  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(TypeError):
        Disconnected(DRIVE)  # type: ignore[call-arg]


def test_values_match_by_position() -> None:
    match Notification(DRIVE, {}):
        case Notification("changed", resource):
            assert resource == DRIVE
        case _:
            pytest.fail("no match")
    match CHANGE:
        case Change("renamed", path, old_path):
            assert (path, old_path) == ("/new.pdf", "/old.pdf")
        case _:
            pytest.fail("no match")
    match ChangeBatch([ITEM], "c"):
        case ChangeBatch([DriveItem(id, name)], checkpoint):
            assert (id, name, checkpoint) == ("1", "plan é.pdf", "c")
        case _:
            pytest.fail("no match")


async def test_a_pickled_endpoint_has_no_secret() -> None:
    with seeded(1) as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            endpoint = await soon(client.endpoint(Resource.my_drive()))
            other = await soon(client.endpoint(Resource.my_drive()))
    secret = endpoint.notification_url
    assert endpoint != other
    assert copy.copy(endpoint) == endpoint == copy.deepcopy(endpoint)
    assert copy.deepcopy(endpoint).notification_url == secret
    again: Endpoint = pickle.loads(pickle.dumps(endpoint))
    assert again != endpoint
    assert again.to_dict() == endpoint.to_dict()
    assert again.expires_at == endpoint.expires_at
    with pytest.raises(StateError, match="pickled"):
        again.notification_url  # noqa: B018
    token = secret.rsplit("=", 1)[1]
    texts = f"{endpoint!r}{again!r}{endpoint.to_dict()}".encode() + pickle.dumps(endpoint)
    assert token.encode() not in texts


async def test_what_a_stream_hands_out_survives_a_process_pool() -> None:
    with seeded(30) as simulator:
        async with Client(TOKEN, base_url=simulator.base_url) as client:
            async with client.changes(Resource.my_drive(), since="start", **QUICK) as changes:
                batch = await soon(anext(changes))
            async with client.changes_all([Resource.my_drive()], since="start", **QUICK) as all_of:
                member = await soon(anext(all_of))
            async with client.subscribe(Resource.my_drive()) as sub:
                simulator.notify()
                note = await soon(sub.next())
    assert pickle.loads(pickle.dumps(batch)) == batch
    assert pickle.loads(pickle.dumps(note)) == note
    again = pickle.loads(pickle.dumps(member))
    assert isinstance(again, MemberBatch)
    assert again.client is None
    assert (again.resource, again.items) == (member.resource, member.items)
    assert again != member  # it has no client
    assert {item.id: item for item in batch.items} == {item.id: item for item in again.items}


class Model(BaseModel):
    resource: Resource
    note: Notification | None = None
    item: DriveItem | None = None
    change: Change | None = None
    batch: ChangeBatch | None = None
    event: Lifecycle | None = None


def test_pydantic_takes_and_gives_values() -> None:
    model = Model(
        resource=DRIVE,
        note=Notification(DRIVE, PAYLOAD, received_at=NOON),
        item=ITEM,
        change=CHANGE,
        batch=ChangeBatch([ITEM], "c"),
        event=Connected(DRIVE),
    )
    assert model.resource is DRIVE
    assert model.model_dump()["item"] is ITEM
    text = model.model_dump_json()
    parts = json.loads(text)
    assert parts["resource"] == "/drives/b!x/root"
    assert parts["item"] == RAW
    assert parts["event"]["kind"] == "connected"
    del parts["event"]
    again = Model.model_validate_json(json.dumps(parts))
    assert (again.resource, again.note, again.item) == (DRIVE, model.note, ITEM)
    assert (again.change, again.batch) == (CHANGE, model.batch)
    assert Model.model_validate({"resource": "/me/drive"}).resource == Resource.my_drive()
    own = Resource.path("/x/subscriptions/socketIo", "/x/delta")
    adapter = TypeAdapter(Resource)
    assert adapter.validate_json(adapter.dump_json(own)) == own
    assert Model.model_json_schema()["properties"]["resource"]
    wrongs: list[dict[str, Any]] = [
        {"resource": "/nowhere"},
        {"resource": 7},
        {"resource": {}},
        {"resource": "/me/drive", "item": {}},
        {"resource": "/me/drive", "batch": {}},
        {"resource": "/me/drive", "note": {"kind": "changed"}},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            Model.model_validate(wrong)


def public_functions() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for module in (drivebell, drivebell.sync):
        for name in module.__all__:
            member = getattr(module, name)
            found.append((name, member))
            if not inspect.isclass(member) or issubclass(member, (Exception, str)):
                continue
            for key, value in inspect.getmembers(member):
                if key == "__init__" or not key.startswith("_"):
                    found.append((f"{name}.{key}", getattr(value, "fget", value)))
    return found


def test_annotations_are_found_at_run_time() -> None:
    functions = [(n, it) for n, it in public_functions() if inspect.isfunction(it)]
    assert len(functions) > 80
    for name, function in functions:
        assert typing.get_type_hints(function) is not None, name
    classes = [it for _, it in public_functions() if inspect.isclass(it)]
    for found in classes:
        typing.get_type_hints(found)


def test_signatures_name_every_argument() -> None:
    variable = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    for name, function in public_functions():
        # azure-identity calls its credentials with any number of scopes; a protocol is never made.
        others = ("Token", "CheckpointStore.__init__")
        if inspect.isfunction(function) and not name.startswith(others):
            for parameter in inspect.signature(function).parameters.values():
                assert parameter.kind not in variable, name


def test_everything_public_is_documented() -> None:
    for name, member in public_functions():
        if name == "__version__" or name.endswith(".__init__"):
            continue
        if inspect.isclass(member) or inspect.isroutine(member):
            assert inspect.getdoc(member), name

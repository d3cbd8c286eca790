"""How pydantic validates and serializes values. Only pydantic calls this."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from . import _native
from ._errors import InvalidArgumentError

Restore = Callable[[Any], object]
Dump = Callable[[Any], object]


def _resource(value: Any) -> _native.Resource:
    if isinstance(value, str):
        return _native.Resource.parse(value)
    return _native.Resource.path(value["subscription_path"], value["delta_path"])


def _resource_dump(resource: _native.Resource) -> object:
    text = str(resource)
    try:
        is_whole = _native.Resource.parse(text) == resource
    except InvalidArgumentError:
        is_whole = False
    return text if is_whole else resource.to_dict()


def _raw(item: Any) -> object:
    return item.raw


def _to_dict(value: Any) -> object:
    return value.to_dict()


# Those that can be made of JSON; of the others, pydantic takes instances only.
_RESTORED: dict[type, tuple[Restore, Dump]] = {
    _native.Resource: (_resource, _resource_dump),
    _native.Notification: (_native.Notification.from_dict, _to_dict),
    _native.ChangeBatch: (_native.ChangeBatch.from_dict, _to_dict),
    _native.Payload: (_native.Payload.from_raw, _raw),
    _native.DriveItem: (_native.DriveItem.from_raw, _raw),
    _native.ListItem: (_native.ListItem.from_raw, _raw),
    _native.Change: (_native.Change.from_json, _to_dict),
}


def schema(cls: type) -> Any:
    """The schema of a class. In JSON, a resource is a text, an item is what Graph sent, and any
    other value is its `to_dict()`."""
    # Only a program that has pydantic comes here.
    core_schema: Any = importlib.import_module("pydantic_core.core_schema")

    restore, dump = _RESTORED.get(cls, (None, _to_dict))

    def of_json(value: Any) -> object:
        if restore is None:
            raise ValueError(f"a {cls.__name__} cannot be made from JSON: give an instance")
        try:
            return restore(value)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not the JSON of a {cls.__name__}: {error!r}") from error

    form = core_schema.dict_schema()
    if cls is _native.Resource:
        form = core_schema.union_schema([core_schema.str_schema(), form])
    parsed = core_schema.no_info_after_validator_function(of_json, form)
    instance = core_schema.is_instance_schema(cls)
    return core_schema.json_or_python_schema(
        json_schema=parsed,
        python_schema=core_schema.union_schema([instance, parsed]) if restore else instance,
        serialization=core_schema.plain_serializer_function_ser_schema(dump, when_used="json"),
    )

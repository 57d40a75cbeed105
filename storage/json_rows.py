"""Facts that are stored many in one column, as canonical JSON: `[{"currency":"usd","id":"si_1"}]`.

What is None is left out. What a text of an earlier version lacks, or holds otherwise, is read as not known.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Any, NewType, get_args, get_origin, get_type_hints

from payments.core.lines import SubscriptionItem

Read = Callable[[Any], Any]

_KEYS: Mapping[type[Any], Mapping[str, str]] = {
    SubscriptionItem: {"provider_price_id": "price", "unit_amount": "amount"},
}
"""Keys of fields that were called otherwise in the first schema."""


def text_of(facts: Any) -> str | None:
    """What a column holds of a tuple of facts."""
    return (
        None if facts is None else json.dumps(_plain(facts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    )


def facts_of(kind: type[Any], *, optional: bool) -> Callable[[str | None], Any]:
    """What reads a column that holds a tuple of this dataclass; None reads as None if `optional`, else as empty."""
    read = _rows_of(_dataclass(kind))

    def of(text: str | None) -> Any:
        if text is None:
            return None if optional else ()
        return read(json.loads(text)) or ()

    return of


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return str(value)
    if not is_dataclass(value):
        return value
    keys = _KEYS.get(type(value), {})
    told = ((field.name, getattr(value, field.name)) for field in fields(value))
    return {keys.get(name, name): _plain(each) for name, each in told if each is not None}


def _dataclass(kind: type[Any]) -> Read:
    keys, hints = _KEYS.get(kind, {}), get_type_hints(kind)
    parts = [(field.name, keys.get(field.name, field.name), _value(hints[field.name])) for field in fields(kind)]
    needed = {field.name for field in fields(kind) if field.default is MISSING}

    def read(row: Any) -> Any:
        if not isinstance(row, dict):
            return None
        found = {name: value for name, key, of in parts if (value := of(row.get(key))) is not None}
        return kind(**found) if needed <= found.keys() else None

    return read


def _value(hint: Any) -> Read:
    """What makes a field of a JSON value: None of what it can't be."""
    plain = next((one for one in get_args(hint) if one is not NoneType), hint) if NoneType in get_args(hint) else hint
    while isinstance(plain, NewType):
        plain = plain.__supertype__
    if get_origin(plain) is tuple:
        return _rows_of(_value(get_args(plain)[0]))
    if isinstance(plain, type) and is_dataclass(plain):
        return _dataclass(plain)
    if plain is Decimal:
        return lambda value: None if value is None else Decimal(str(value))
    if issubclass(plain, StrEnum):
        members = {member.value: member for member in plain}
        return lambda value: members.get(value) if isinstance(value, str) else None
    return lambda value: value if type(value) is plain else None


def _rows_of(read: Read) -> Read:
    def of(value: Any) -> Any:
        if not isinstance(value, list):
            return None
        return tuple(fact for each in value if (fact := read(each)) is not None)

    return of

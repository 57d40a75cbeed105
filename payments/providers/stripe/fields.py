"""Fields of Stripe's objects, read such that nothing they may hold does harm: what is no such value is none."""

from collections.abc import Mapping
from typing import Any

from payments.core.calendar import Unit

Json = Mapping[str, Any]

ID_LENGTH_MAX = 255
"""Stripe's ids are no longer (https://docs.stripe.com/upgrades)."""


def reference(value: object) -> str | None:
    """The id in a field that holds an id, an expanded object, or nothing; what can be no id is nothing."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and 0 < len(value) <= ID_LENGTH_MAX else None


def milliseconds(value: object) -> int | None:
    """Stripe's seconds as our milliseconds."""
    return value * 1000 if isinstance(value, int) else None


def metadata_of(raw: Json) -> dict[str, str]:
    """An object's metadata, as texts."""
    return {str(key): str(value) for key, value in map_of(raw.get("metadata")).items()}


def rows_of(value: object) -> list[Json]:
    """The objects in a list's `data`."""
    rows = map_of(value).get("data")
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def map_of(value: object) -> Json:
    """An object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def text_of(value: object) -> str | None:
    """A text."""
    return value if isinstance(value, str) else None


def int_of(value: object, otherwise: int = 0) -> int:
    """A whole number."""
    return value if isinstance(value, int) else otherwise


def unit_of(value: object) -> Unit | None:
    """An interval's unit."""
    try:
        return Unit(str(value))
    except ValueError:
        return None

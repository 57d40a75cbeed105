"""Request parameters: Stripe's form encoding, and reading typed values from it with Stripe's complaints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from sandbox.stripe.errors import invalid, missing

_PART = re.compile(r"[^\[\]]+|(?<=\[)(?=\])")


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0]=c` pairs to nested dicts and lists, as Stripe's form encoding means them."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        node = root
        parts = _PART.findall(key) or [key]
        for index, part in enumerate(parts):
            name = part or str(len(node))
            if index == len(parts) - 1:
                node[name] = value
                break
            inner = node.setdefault(name, {})
            if not isinstance(inner, dict):
                raise invalid(f"Invalid parameter: {key}", param=key)
            node = inner
    return {name: _lists(value) for name, value in root.items()}


def _lists(value: Any) -> Any:
    """Dicts whose keys are 0, 1, 2… are lists; other numbers may be keys of metadata."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(item) for name, item in value.items()}
    if inner and inner.keys() == {str(index) for index in range(len(inner))}:
        return [inner[str(index)] for index in range(len(inner))]
    return inner


class Params:
    """A (nested) set of parameters. `path` is how Stripe names it in errors: `items[0][price]`.

    An absent parameter reads as None, an empty text too (`cleared` tells them apart).
    """

    def __init__(self, values: dict[str, Any] | None = None, path: str = "") -> None:
        self.values = values or {}
        self.path = path

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def name(self, name: str) -> str:
        """How Stripe's errors name this parameter."""
        return f"{self.path}[{name}]" if self.path else name

    def cleared(self, name: str) -> bool:
        """The parameter was given as an empty text, which means "unset this"."""
        return self.values.get(name) == ""

    def text(self, name: str) -> str | None:
        """A text, or None. Raises if it is nested."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise invalid("Invalid string: must be a string", param=self.name(name))
        return value

    def need(self, name: str) -> str:
        """A required text. Raises parameter_missing."""
        value = self.text(name)
        if value is None:
            if self.cleared(name):
                raise invalid(
                    f"You passed an empty string for '{self.name(name)}'. We assume empty values are an attempt to "
                    f"unset a parameter; however '{self.name(name)}' cannot be unset. You should remove "
                    f"'{self.name(name)}' from your request or supply a non-empty value.",
                    param=self.name(name),
                    code="parameter_invalid_empty",
                )
            raise missing(self.name(name))
        return value

    def choice(self, name: str, *allowed: str) -> str | None:
        """One of the allowed texts, or None."""
        value = self.text(name)
        if value is not None and value not in allowed:
            *first, last = allowed
            comma = "," if len(first) > 1 else ""
            listed = f"{', '.join(first)}{comma} or {last}" if first else last
            raise invalid(f"Invalid {self.name(name)}: must be one of {listed}", param=self.name(name))
        return value

    def integer(self, name: str, *, least: int | None = None, most: int | None = None) -> int | None:
        """A whole number, or None."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,15}", value):
            raise invalid(f"Invalid integer: {value}", param=self.name(name), code="parameter_invalid_integer")
        number = int(value)
        if least is not None and number < least:
            raise invalid(
                f"This value must be greater than or equal to {least}.", self.name(name), "parameter_invalid_integer"
            )
        if most is not None and number > most:
            raise invalid(
                f"This value must be less than or equal to {most} (it currently is '{number}').",
                self.name(name),
                "parameter_invalid_integer",
            )
        return number

    def decimal(self, name: str) -> float | None:
        """A number, or None."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,15}(\.\d{1,12})?", value):
            raise invalid(f"Invalid decimal: {value}", param=self.name(name))
        return float(value)

    def boolean(self, name: str, default: bool = False) -> bool:
        """`true` or `false`; `default` when absent."""
        value = self.text(name)
        if value is None:
            return default
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", param=self.name(name))
        return value == "true"

    def inner(self, name: str) -> Params:
        """A nested set; empty when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return Params({}, self.name(name))
        if not isinstance(value, dict):
            raise invalid("Invalid object", param=self.name(name))
        return Params(value, self.name(name))

    def refuse_others(self, *known: str) -> None:
        """Raise parameter_unknown for what is not among the known names."""
        for name in self.values:
            if name not in known:
                text = f"Received unknown parameter: {self.name(name)}"
                raise invalid(text, param=self.name(name), code="parameter_unknown")

    def each(self, name: str) -> list[Params]:
        """A list of nested sets; empty when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise invalid("Invalid array", param=self.name(name))
        return [Params(item, f"{self.name(name)}[{index}]") for index, item in enumerate(value)]

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty when absent."""
        value = self.values.get(name)
        if value is None or value == "":
            return []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise invalid("Invalid array", param=self.name(name))
        return list(value)

    def plain(self, name: str) -> Any:
        """The raw nested value (texts only), for what is kept as it came."""
        return self.values.get(name)


def metadata(params: Params, current: dict[str, str] | None = None, name: str = "metadata") -> dict[str, str]:
    """Stripe's merge: given keys are set, empty values delete their key, an empty `metadata` deletes all."""
    if params.cleared(name):
        return {}
    merged = dict(current or {})
    given = params.inner(name)
    for key, value in given.values.items():
        if not isinstance(value, str):
            raise invalid("Metadata values must be strings", param=given.name(key))
        if len(key) > 40:
            raise invalid(f"Metadata keys can have up to 40 characters: {key}", param=given.path)
        if len(value) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is {len(value)} "
                f"characters. Invalid value: {value[:50]}",
                param=given.name(key),
            )
        if value == "":
            merged.pop(key, None)
        else:
            merged[key] = value
    if len(merged) > 50:
        raise invalid(f"You can set up to 50 metadata keys; there would be {len(merged)}.", param=given.path)
    return merged

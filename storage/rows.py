"""Rows as facts and back: a dataclass says which columns its rows have and what is made of each, once at import."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, fields
from enum import IntEnum, IntFlag, StrEnum
from types import NoneType
from typing import Any, ClassVar, Generic, NewType, Protocol, TypeVar, get_args, get_origin, get_type_hints

from storage.database import Row, Value
from storage.json_rows import facts_of, text_of


class Fact(Protocol):
    """An instance of a dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


T = TypeVar("T", bound=Fact)


@dataclass(frozen=True, slots=True)
class RowType(Generic[T]):
    """How facts of one kind are stored. `columns` are in the order of the fields, as statements name them."""

    columns: str
    read: Callable[[Row], T]
    """The fact of a row, which may have other columns too."""
    values: Callable[[T], tuple[Value, ...]]
    """What the columns hold of a fact."""

    def one(self, row: Row | None) -> T | None:
        """The fact of the row that was found, if any."""
        return None if row is None else self.read(row)

    def all(self, rows: Iterable[Row]) -> list[T]:
        """The facts of all rows, in their order."""
        return [self.read(row) for row in rows]


def row_type(kind: type[T], **stored_as: str) -> RowType[T]:
    """The row type of a dataclass of texts, numbers, flags, enums and tuples of dataclasses, each of them or None.

    A tuple is stored as JSON; see `storage.json_rows`.

    `stored_as` names the column of a field if it isn't called the same. A field that is a dataclass itself has
    several: ``row_type(Code, maker="platform, user_id")``; one that may be None is None when its first column is.
    Raises `TypeError` for a field that no column can hold.
    """
    names = [field.name for field in fields(kind)]
    if unknown := stored_as.keys() - set(names):
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    hints = get_type_hints(kind)
    columns = [stored_as.get(name, name) for name in names]
    parts = {index: _part(hints[names[index]], several) for index, several in enumerate(columns) if ", " in several}
    single = {index: _single(kind, name, hints[name]) for index, name in enumerate(names) if index not in parts}
    return RowType(
        ", ".join(columns),
        _reader(kind, [column.split(", ")[0] for column in columns], single, parts),
        _writer(names, {index: made.to for index, made in single.items() if made.to}, parts),
    )


@dataclass(frozen=True, slots=True)
class _Single:
    """What makes a field of its column, and the other way round (None: nothing has to be done)."""

    of: Callable[[Any], Any] | None
    to: Callable[[Any], Value] | None = None


@dataclass(frozen=True, slots=True)
class _Part:
    """A field of several columns."""

    rows: RowType[Any]
    optional: bool
    width: int


def _reader(
    kind: Callable[..., T], columns: list[str], single: Mapping[int, _Single], parts: Mapping[int, _Part]
) -> Callable[[Row], T]:
    made = [(index, field.of) for index, field in single.items() if field.of]

    def read(row: Row) -> T:
        found = [row[column] for column in columns]
        for index, of in made:
            found[index] = of(found[index])
        for index, part in parts.items():
            found[index] = None if part.optional and found[index] is None else part.rows.read(row)
        return kind(*found)

    return read


def _writer(
    names: list[str], to: Mapping[int, Callable[[Any], Value]], parts: Mapping[int, _Part]
) -> Callable[[T], tuple[Value, ...]]:
    backwards = sorted(parts.items(), reverse=True)  # so that what is put in moves nothing that is still to be found

    def values(fact: T) -> tuple[Value, ...]:
        stored = [getattr(fact, name) for name in names]
        for index, made in to.items():
            stored[index] = None if stored[index] is None else made(stored[index])
        for index, part in backwards:
            inner = stored[index]
            stored[index : index + 1] = [None] * part.width if inner is None else part.rows.values(inner)
        return tuple(stored)

    return values


def _part(hint: Any, columns: str) -> _Part:
    inner, optional = _optional(hint)
    named = columns.split(", ")
    if len(named) != len(fields(inner)):
        raise TypeError(f"{inner.__name__} has not the columns {columns}")
    renamed = {field.name: column for field, column in zip(fields(inner), named, strict=True)}
    return _Part(row_type(inner, **renamed), optional, len(named))


def _single(kind: type[Any], name: str, hint: Any) -> _Single:
    plain, optional = _optional(hint)
    while isinstance(plain, NewType):
        plain = plain.__supertype__
    if plain in (str, int):
        return _Single(None)
    if get_origin(plain) is tuple:
        return _Single(facts_of(get_args(plain)[0], optional=optional), text_of)
    if not (isinstance(plain, type) and issubclass(plain, bool | StrEnum | IntEnum | IntFlag)):
        raise TypeError(f"no column holds {kind.__name__}.{name}: {hint}")
    return _Single(_if_any(plain) if optional else plain, None if issubclass(plain, StrEnum) else int)


def _optional(hint: Any) -> tuple[Any, bool]:
    """The type beside None, and whether None was beside it. Of several types the hint itself, which no column holds."""
    match [other for other in get_args(hint) if other is not NoneType]:
        case [one] if NoneType in get_args(hint):
            return one, True
        case _:
            return hint, False


def _if_any(of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else of(value)

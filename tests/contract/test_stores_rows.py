"""Rows are read into dataclasses and written from them by what the dataclass says."""

from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum, IntFlag, StrEnum
from typing import Any, NewType

import pytest

from payments.core.calendar import Unit
from payments.core.lines import Discount, InvoiceLine, SubscriptionItem
from storage.rows import row_type
from tests.contract import builders

TicketId = NewType("TicketId", str)


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Extra(IntFlag):
    COAT = 1
    DRINK = 2


@dataclass(frozen=True, slots=True)
class Seat:
    row: str
    number: int


@dataclass(frozen=True, slots=True)
class Ticket:
    id: TicketId
    name: str
    price: int
    paid: bool
    colour: Colour
    size: Size
    extras: Extra
    seller_id: TicketId | None
    used_at: int | None
    checked: bool | None
    second_colour: Colour | None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Booking:
    id: str
    mine: Seat
    guest: Seat | None
    price: int


TICKET = row_type(Ticket)
BOOKING = row_type(Booking, mine="row, number", guest="guest_row, guest_number", price="cents")

FULL = Ticket(
    TicketId("t1"), "Ada", 500, True, Colour.RED, Size.LARGE, Extra.COAT | Extra.DRINK,
    TicketId("s1"), 7, False, Colour.BLUE, 3,
)  # fmt: skip
BARE = Ticket(TicketId("t2"), "Ben", 0, False, Colour.BLUE, Size.SMALL, Extra(0), None, None, None, None)


def row_of(columns: str, values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(columns.split(", "), values, strict=True))


def test_the_columns_are_the_fields_in_their_order() -> None:
    assert TICKET.columns == (
        "id, name, price, paid, colour, size, extras, seller_id, used_at, checked, second_colour, attempts"
    )


def test_flags_and_numbers_are_stored_as_plain_numbers() -> None:
    assert TICKET.values(FULL) == ("t1", "Ada", 500, 1, "red", 2, 3, "s1", 7, 0, "blue", 3)
    assert [type(TICKET.values(FULL)[index]) for index in (3, 5, 6, 9)] == [int] * 4
    assert TICKET.values(BARE)[7:] == (None, None, None, None, 0)


@pytest.mark.parametrize("ticket", [FULL, BARE])
def test_what_was_written_is_read_as_it_was(ticket: Ticket) -> None:
    found = TICKET.read(row_of(TICKET.columns, TICKET.values(ticket)))
    assert found == ticket
    for name in ("paid", "colour", "size", "extras", "checked", "second_colour"):
        assert type(getattr(found, name)) is type(getattr(ticket, name))


def test_other_columns_of_the_row_are_passed_over() -> None:
    assert TICKET.read(row_of(TICKET.columns, TICKET.values(FULL)) | {"next_at": 1}) == FULL


def test_a_row_that_is_not_there_is_none() -> None:
    assert TICKET.one(None) is None
    assert TICKET.one(row_of(TICKET.columns, TICKET.values(FULL))) == FULL


def test_rows_are_read_in_their_order() -> None:
    rows = [row_of(TICKET.columns, TICKET.values(ticket)) for ticket in (BARE, FULL)]
    assert TICKET.all(rows) == [BARE, FULL]


@pytest.mark.parametrize("guest", [Seat("B", 2), None])
def test_a_field_may_have_another_column_or_several(guest: Seat | None) -> None:
    booking = Booking("b1", Seat("A", 1), guest, 900)
    values = BOOKING.values(booking)
    assert BOOKING.columns == "id, row, number, guest_row, guest_number, cents"
    assert values == ("b1", "A", 1, *((guest.row, guest.number) if guest else (None, None)), 900)
    assert BOOKING.read(row_of(BOOKING.columns, values)) == booking


def test_a_state_that_is_none_is_refused() -> None:
    row = row_of(TICKET.columns, TICKET.values(FULL)) | {"colour": "green"}
    with pytest.raises(ValueError, match="green"):
        TICKET.read(row)


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    seats: tuple[Seat, ...]
    kept: tuple[Seat, ...] | None


def test_many_facts_in_one_column_are_canonical_json() -> None:
    row = Row("r1", (Seat("A", 1), Seat("Ä", 2)), None)
    values = row_type(Row).values(row)
    assert values == ("r1", '[{"number":1,"row":"A"},{"number":2,"row":"Ä"}]', None)
    assert row_type(Row).read(row_of("id, seats, kept", values)) == row
    assert row_type(Row).read({"id": "r1", "seats": None, "kept": "[]"}) == Row("r1", (), ())


@dataclass(frozen=True, slots=True)
class Sold:
    items: tuple[SubscriptionItem, ...]
    discounts: tuple[Discount, ...]
    lines: tuple[InvoiceLine, ...]


@pytest.mark.parametrize(
    ("items", "discounts", "known"),
    [
        (
            '[{"amount":900,"count":3,"currency":"usd","id":"si_1","price":"price_1","quantity":2,"unit":"month"}]',
            '[{"amount_off":null,"coupon":"HALF","end":90,"id":"di_1","percent_off":33.33,"promotion_code":"promo_1"}]',
            Sold(
                (SubscriptionItem("si_1", "price_1", None, "usd", 900, 2, Unit.MONTH, 3),),
                (Discount("di_1", "HALF", "promo_1", Decimal("33.33")),),
                (),
            ),
        ),
        (
            '[{"amount":null,"id":"si_1","quantity":null,"unit":"fortnight"},{"id":null},7]',
            '[{"id":"di_1"},{"id":"di_2","percent_off":50}]',
            Sold((SubscriptionItem("si_1"),), (Discount("di_1"), Discount("di_2", percent_off=Decimal(50))), ()),
        ),
        ("[]", "[]", Sold((), (), ())),
    ],
)
def test_what_rows_of_the_first_schema_do_not_tell_is_not_known(items: str, discounts: str, known: Sold) -> None:
    sold = row_type(Sold)
    assert sold.read({"items": items, "discounts": discounts, "lines": None}) == known
    assert sold.read(row_of(sold.columns, sold.values(known))) == known


def test_whole_lines_are_read_as_they_were_written() -> None:
    sold = row_type(Sold)
    known = Sold((builders.ITEM,), (builders.HALF,), (builders.LINE, InvoiceLine("il_2")))
    assert sold.read(row_of(sold.columns, sold.values(known))) == known


@dataclass(frozen=True, slots=True)
class Priced:
    price: float


@dataclass(frozen=True, slots=True)
class Undecided:
    number: str | int


@dataclass(frozen=True, slots=True)
class Seated:
    seat: Seat


@pytest.mark.parametrize("kind", [Priced, Undecided, Seated])
def test_a_field_that_no_column_holds_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match="no column holds"):
        row_type(kind)


def test_a_name_that_no_field_has_is_refused() -> None:
    with pytest.raises(TypeError, match="has no prise"):
        row_type(Ticket, prise="cents")


def test_a_part_has_as_many_columns_as_fields() -> None:
    with pytest.raises(TypeError, match="has not the columns"):
        row_type(Booking, mine="row, number, floor")

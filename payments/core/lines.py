"""What subscriptions and bills consist of, as the provider tells it: items, their discounts, the lines of an invoice.

None is what the provider did not tell, or what a row of an earlier version has no place for: it says nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from payments.core.calendar import Unit
from payments.core.ids import InvoiceId, SubscriptionId


class DiscountDuration(StrEnum):
    """For how long a discount is taken off."""

    ONCE = "once"
    REPEATING = "repeating"  # for `duration_months`
    FOREVER = "forever"


@dataclass(frozen=True, slots=True)
class Discount:
    """Takes ``percent_off`` percent off, or ``amount_off`` in minor units of ``currency``.

    ``coupon`` and ``promotion_code`` are the provider's ids; of a discount told by its id alone nothing else is known.
    ``ends_at`` is the end of a repeating one.
    """

    id: str
    coupon: str | None = None
    promotion_code: str | None = None
    percent_off: Decimal | None = None
    amount_off: int | None = None
    currency: str | None = None
    duration: DiscountDuration | None = None
    duration_months: int | None = None
    ends_at: int | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionItem:
    """One thing that a subscription sells, ``quantity`` times, every ``count`` ``unit``\\ s.

    ``unit_amount`` is in minor units; None in tiers, for packages and for fractions of a minor unit. ``usage``: billed
    afterwards by what was used, and then without a quantity. ``discounts`` are the item's own.
    """

    id: str
    provider_price_id: str | None = None
    product_id: str | None = None
    currency: str | None = None
    unit_amount: int | None = None
    quantity: int | None = None
    unit: Unit | None = None
    count: int | None = None
    usage: bool | None = None
    period_start_at: int | None = None
    period_end_at: int | None = None
    discounts: tuple[Discount, ...] | None = None


@dataclass(frozen=True, slots=True)
class CreditedLines:
    """The lines of an earlier bill whose unused time a line gives back."""

    invoice_id: InvoiceId
    line_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """What an invoice asks for, or gives back (``amount`` below 0), for one product and period.

    ``amount`` is in minor units before discounts and before tax that is added; ``discount_amount`` is what all
    discounts take off it. ``tax_amount`` is all tax on it, ``tax_included`` the part that is within the amount. A line
    is of a subscription's item, or of none. That it is a ``proration`` says how it was computed, not what it pays for;
    ``credits`` says what it gives back.
    """

    id: str
    amount: int = 0
    currency: str | None = None
    description: str | None = None
    quantity: int | None = None
    provider_price_id: str | None = None
    product_id: str | None = None
    subscription_id: SubscriptionId | None = None
    subscription_item_id: str | None = None
    period_start_at: int | None = None
    period_end_at: int | None = None
    proration: bool = False
    credits: CreditedLines | None = None
    discount_amount: int = 0
    tax_amount: int = 0
    tax_included: int = 0


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What a credit note takes off one line of its invoice, in minor units before discounts."""

    line_id: str
    amount: int


@dataclass(frozen=True, slots=True)
class NoteRefund:
    """A refund that a credit note made, or counts as its own."""

    refund_id: str


_Part = TypeVar("_Part", SubscriptionItem, Discount)

_RUNS_ON = frozenset({"period_start_at", "period_end_at"})
"""What every renewal moves."""


def same_items(before: Iterable[SubscriptionItem], after: Iterable[SubscriptionItem]) -> bool:
    """Whether two states of a subscription sell the same, as far as both are known. A new period sells nothing else."""
    one, other = tuple(before), tuple(after)
    return not one or not other or _same(one, other)


def same_discounts(before: Iterable[Discount] | None, after: Iterable[Discount] | None) -> bool:
    """Whether the same discounts are given, as far as both states are known."""
    return before is None or after is None or _same(tuple(before), tuple(after))


def _same(before: tuple[_Part, ...], after: tuple[_Part, ...]) -> bool:
    pairs = zip(_by_id(before), _by_id(after), strict=False)
    return len(before) == len(after) and all(_alike(one, other) for one, other in pairs)


def _by_id(parts: tuple[_Part, ...]) -> list[_Part]:
    return sorted(parts, key=lambda part: part.id)


def _alike(before: _Part, after: _Part) -> bool:
    """A field that only one of the two knows is no difference."""
    for name in (field.name for field in fields(before) if field.name not in _RUNS_ON):
        one, other = getattr(before, name), getattr(after, name)
        if name == "discounts":
            if not same_discounts(one, other):
                return False
        elif one is not None and other is not None and one != other:
            return False
    return True

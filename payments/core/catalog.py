"""What a community sells: plans, their prices, and what they open."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from payments.core.calendar import Unit, months_of
from payments.core.ids import (
    AccountId,
    CommunityId,
    PlanId,
    PriceId,
    TargetId,
)


class PriceKind(StrEnum):
    """How a price is charged and how long it lasts."""

    RECURRING = "recurring"  # every `count` `unit`s, until cancelled
    FIXED_TIME = "fixed_time"  # once, for `count` `unit`s
    LIFETIME = "lifetime"  # once, for good
    FIXED_DATE = "fixed_date"  # once, until `until_at`


class PriceState(StrEnum):
    """A price is sold only while active; a retired one goes on charging those who have it."""

    PENDING = "pending"  # our row is there, Stripe's object not yet known
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Price:
    """What a plan costs, each one ever sold. ``unit_amount`` is for one, in minor units of ``currency``.

    ``unit``/``count`` are None for lifetime and fixed-date prices.
    """

    id: PriceId
    plan_id: PlanId
    account_id: AccountId
    kind: PriceKind
    unit_amount: int
    currency: str
    unit: Unit | None
    count: int | None
    until_at: int | None
    state: PriceState
    provider_product_id: str | None
    provider_price_id: str | None
    created_at: int

    def over(self, now: int) -> bool:
        """Whether the day until which it is sold has passed."""
        return self.until_at is not None and self.until_at <= now


Way = tuple[str, PriceKind, Unit | None, int | None, int | None]


def way_of(price: Price) -> Way:
    """A way to pay for a plan: currency, kind, interval or last day. Prices of two dates are two ways.

    Of each, a plan has one price on sale, on whichever account.
    """
    return price.currency, price.kind, price.unit, price.count, price.until_at


_KINDS = tuple(PriceKind)
_UNITS = tuple(Unit)


def in_order(prices: Iterable[Price]) -> tuple[Price, ...]:
    """Prices as they are shown: by currency, what renews first, the shorter before the longer."""

    def place(price: Price) -> tuple[str, int, int, int, int, str]:
        unit = -1 if price.unit is None else _UNITS.index(price.unit)
        return price.currency, _KINDS.index(price.kind), unit, price.count or 0, price.until_at or 0, price.id

    return tuple(sorted(prices, key=place))


def yearly_saving(price: Price, others: Iterable[Price]) -> int:
    """How many percent a yearly price is below twelve monthly ones of the same currency, rounded down; else 0."""
    if _renews_every(price) != 12:
        return 0
    monthly = next((p for p in others if p.currency == price.currency and _renews_every(p) == 1), None)
    year = 0 if monthly is None else 12 * monthly.unit_amount
    return 0 if year <= price.unit_amount else (year - price.unit_amount) * 100 // year


def _renews_every(price: Price) -> int:
    """After how many months; 0 for what doesn't renew, or by days."""
    if price.kind is not PriceKind.RECURRING or price.unit is None or price.count is None:
        return 0
    return months_of(price.unit, price.count)


class PlanState(StrEnum):
    """An archived plan is not sold; who has it keeps it."""

    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a community sells. ``grace_ms``: how long a member whose renewal failed stays in; 0 is not at all.

    ``pause_keeps_access``: whether ``pause_collection`` leaves the member in (default: suspended).
    ``refund_ends_access`` and ``dispute_ends_access``: whether a full refund, or an open or lost dispute, of the
    current period ends access (default: yes). ``at_once``: a first payment that takes days opens access before it came
    in. ``moved_paid``: who was moved here, on a trial until the old renewal day, counts as having paid.
    """

    id: PlanId
    community_id: CommunityId
    name: str
    description: str
    state: PlanState
    grace_ms: int
    trial_days: int
    pause_keeps_access: bool
    refund_ends_access: bool
    dispute_ends_access: bool
    created_at: int
    at_once: bool = False
    moved_paid: bool = False


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """A plan opens a target. ``closed_at``: taken off then; only entitlements that began before still open it."""

    plan_id: PlanId
    target_id: TargetId
    closed_at: int | None

"""What a community sells: plans, their prices, and what they open."""

from dataclasses import dataclass
from enum import StrEnum

from payments.core.calendar import Unit
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
    """What a plan costs, each one ever sold. ``unit``/``count`` are None for lifetime and fixed-date prices."""

    id: PriceId
    plan_id: PlanId
    account_id: AccountId
    kind: PriceKind
    amount: int
    currency: str
    unit: Unit | None
    count: int | None
    until_at: int | None
    state: PriceState
    provider_product_id: str | None
    provider_price_id: str | None
    created_at: int


class PlanState(StrEnum):
    """An archived plan is not sold; who has it keeps it."""

    ACTIVE = "active"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a community sells. ``grace_ms``: how long a member whose renewal failed stays in; 0 is not at all.

    ``pause_keeps_access``: whether ``pause_collection`` leaves the member in (default: suspended).
    ``refund_ends_access`` and ``dispute_ends_access``: whether a full refund, or an open or lost dispute, of the
    current period ends access (default: yes).
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


@dataclass(frozen=True, slots=True)
class PlanTarget:
    """A plan opens a target. ``closed_at``: taken off then; only entitlements that began before still open it."""

    plan_id: PlanId
    target_id: TargetId
    closed_at: int | None

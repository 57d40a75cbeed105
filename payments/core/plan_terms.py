"""What may be sold: the terms of a plan, checked before anything is stored or sent.

Limits are Stripe's (a recurring price renews at least every three years, a trial lasts at most 730 days) and ours.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.ids import TargetId
from payments.core.money import AmountProblem, AmountRefused, Limits, check_amount

NAME_MAX = 80
DESCRIPTION_MAX = 500
TRIAL_DAYS_MAX = 730
GRACE_MS_MAX = 60 * 86_400_000
COUNT_MAX = {Unit.DAY: 1095, Unit.WEEK: 156, Unit.MONTH: 36, Unit.YEAR: 3}
FIXED_TIME_YEARS_MAX = 100
PRICES_MAX = 10
"""Of a plan on sale: as many buttons as a reply has for plans. Five ways to pay in two currencies are ten."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a price asks: how much, how it is charged, how long it lasts; see `catalog.Price`."""

    kind: PriceKind
    amount: int
    currency: str
    unit: Unit | None = None
    count: int | None = None
    until_at: int | None = None


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A plan as an admin asks for it."""

    name: str
    description: str
    terms: Terms
    trial_days: int
    grace_ms: int
    targets: tuple[TargetId, ...]
    pause_keeps_access: bool = False
    refund_ends_access: bool = True
    dispute_ends_access: bool = True
    at_once: bool = False
    moved_paid: bool = False


class PlanProblem(StrEnum):
    """Why a plan can't be sold as asked; each has its sentence in `bot.texts`."""

    NAME_EMPTY = "name_empty"
    NAME_TOO_LONG = "name_too_long"
    NAME_MARKUP = "name_markup"
    NAME_TAKEN = "name_taken"
    DESCRIPTION_TOO_LONG = "description_too_long"
    DESCRIPTION_MARKUP = "description_markup"
    AMOUNT_NEGATIVE = "amount_negative"
    AMOUNT_DECIMALS = "amount_decimals"
    AMOUNT_TOO_LARGE = "amount_too_large"
    AMOUNT_BELOW_MINIMUM = "amount_below_minimum"
    CURRENCY_UNKNOWN = "currency_unknown"
    INTERVAL_MISSING = "interval_missing"
    INTERVAL_TOO_LONG = "interval_too_long"
    INTERVAL_NOT_MEANT = "interval_not_meant"
    DATE_MISSING = "date_missing"
    DATE_PAST = "date_past"
    TRIAL_RANGE = "trial_range"
    TRIAL_NOT_RECURRING = "trial_not_recurring"
    GRACE_RANGE = "grace_range"
    NO_TARGET = "no_target"
    TARGET_UNKNOWN = "target_unknown"
    TARGET_OF_TEAM = "target_of_team"
    PLAN_UNKNOWN = "plan_unknown"
    PRICE_EXISTS = "price_exists"
    PRICE_UNKNOWN = "price_unknown"
    PRICE_UNCLEAR = "price_unclear"
    PRICE_LAST = "price_last"
    PRICES_TOO_MANY = "prices_too_many"
    STRIPE_REFUSED = "stripe_refused"


# Mentions (`<@1>`, `<#1>`, `<@&1>`, `<:x:1>`, @everyone, @here), markdown, HTML, line breaks and other control
# characters, and those that turn the direction of writing: a name stands in buttons, in menus and on Stripe's pages.
_MARKUP = re.compile(r"[*_~`|<>\\\[\]\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2066-\u2069]|@(?=everyone|here)|://")
# In a description a line break and brackets are harmless.
_MENTION = re.compile(r"<[@#:]|@(?=everyone|here)|[\x00-\x09\x0b-\x1f\x7f\u2028-\u202e\u2066-\u2069]")

_AMOUNT = {
    AmountProblem.NOT_A_NUMBER: PlanProblem.AMOUNT_DECIMALS,
    AmountProblem.NEGATIVE: PlanProblem.AMOUNT_NEGATIVE,
    AmountProblem.TOO_MANY_DECIMALS: PlanProblem.AMOUNT_DECIMALS,
    AmountProblem.TOO_LARGE: PlanProblem.AMOUNT_TOO_LARGE,
    AmountProblem.BELOW_MINIMUM: PlanProblem.AMOUNT_BELOW_MINIMUM,
    AmountProblem.UNKNOWN_CURRENCY: PlanProblem.CURRENCY_UNKNOWN,
}


def check_draft(draft: PlanDraft, now: int, limits: Limits) -> PlanProblem | None:
    """The first thing that is wrong with a draft; None if it can be sold. That the name is free is the store's word."""
    return (
        check_name(draft.name)
        or check_description(draft.description)
        or check_terms(draft.terms, now, limits)
        or check_trial(draft.trial_days, draft.terms.kind)
        or check_grace(draft.grace_ms)
        or check_targets(draft.targets)
    )


def check_name(name: str) -> PlanProblem | None:
    """1 to 80 characters on one line, without markup or mentions."""
    if not name.strip():
        return PlanProblem.NAME_EMPTY
    if len(name) > NAME_MAX:
        return PlanProblem.NAME_TOO_LONG
    if _MARKUP.search(name.lower()):
        return PlanProblem.NAME_MARKUP
    return None


def check_description(description: str) -> PlanProblem | None:
    """At most 500 characters, without mentions."""
    if len(description) > DESCRIPTION_MAX:
        return PlanProblem.DESCRIPTION_TOO_LONG
    if _MENTION.search(description.lower()):
        return PlanProblem.DESCRIPTION_MARKUP
    return None


def check_terms(terms: Terms, now: int, limits: Limits) -> PlanProblem | None:
    """Whether the amount can be charged and the duration fits its kind."""
    amount = check_amount(terms.amount, terms.currency, limits)
    if isinstance(amount, AmountRefused):
        return _AMOUNT[amount.problem]
    if terms.kind in (PriceKind.RECURRING, PriceKind.FIXED_TIME):
        if terms.unit is None or terms.count is None or terms.count < 1:
            return PlanProblem.INTERVAL_MISSING
        limit = COUNT_MAX[terms.unit]
        if terms.kind is PriceKind.FIXED_TIME:  # nothing renews: only our own arithmetic of dates bounds it
            limit = limit // 3 * FIXED_TIME_YEARS_MAX
        if terms.count > limit:
            return PlanProblem.INTERVAL_TOO_LONG
    elif terms.unit is not None or terms.count is not None:
        return PlanProblem.INTERVAL_NOT_MEANT
    if terms.kind is PriceKind.FIXED_DATE:
        if terms.until_at is None:
            return PlanProblem.DATE_MISSING
        if terms.until_at <= now:
            return PlanProblem.DATE_PAST
    elif terms.until_at is not None:
        return PlanProblem.INTERVAL_NOT_MEANT
    return None


def check_trial(days: int, kind: PriceKind) -> PlanProblem | None:
    """0 to 730 days, and only where something renews."""
    if not 0 <= days <= TRIAL_DAYS_MAX:
        return PlanProblem.TRIAL_RANGE
    if days and kind is not PriceKind.RECURRING:
        return PlanProblem.TRIAL_NOT_RECURRING
    return None


def check_grace(grace_ms: int) -> PlanProblem | None:
    """0 (a failed renewal ends access at once) to 60 days."""
    return None if 0 <= grace_ms <= GRACE_MS_MAX else PlanProblem.GRACE_RANGE


def check_targets(targets: Collection[TargetId]) -> PlanProblem | None:
    """A plan opens something."""
    return None if targets else PlanProblem.NO_TARGET

"""What an entry of the audit tells: each thing before and after, stored so that it can be told in any language."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from payments.core.access import Reason
from payments.core.calendar import Unit
from payments.core.catalog import Plan, Price, PriceKind
from payments.core.community import Community, Platform
from payments.core.ids import PersonId
from payments.core.plan_terms import Terms

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in minor units."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in business time."""

    at: int


@dataclass(frozen=True, slots=True)
class Who:
    """A person; the name is looked up by whoever tells it."""

    person: PersonId


@dataclass(frozen=True, slots=True)
class Language:
    """The language in which a community is spoken to."""

    locale: str


class Word(StrEnum):
    """What has no value of its own but a word."""

    FOR_GOOD = "for_good"
    KEEP = "keep"
    LOSE = "lose"
    OWNER = "owner"
    MANAGER = "manager"
    SUPPORT = "support"
    NOT_THERE = "not_there"
    TARGET_GONE = "target_gone"
    NO_ACCOUNT = "no_account"


@dataclass(frozen=True, slots=True)
class Said:
    """One of those words."""

    word: Word


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody has access or not."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class On:
    """A chat platform."""

    platform: Platform


Value = Terms | Amount | Span | Moment | Who | Language | Said | Why | On
Thing = str | bool | int | tuple[str, ...] | Value | None
"""A value before or after; None: there was none, or is none any more. A tuple holds names."""

Changes = Mapping[str, tuple[Thing, Thing]]
"""Thing by thing, before and after. What is the same in both didn't change: it says what the act was about, and `on`
which platform it was done."""


def same(thing: Thing) -> tuple[Thing, Thing]:
    """What an act was about, unchanged by it."""
    return thing, thing


def facts(**things: Thing) -> Changes:
    """What an entry is about, where nothing of it changed."""
    return {name: same(thing) for name, thing in things.items()}


def because(reason: Reason | None) -> Why | None:
    """A reason, if there is one."""
    return None if reason is None else Why(reason)


def changed(changes: Changes) -> Changes:
    """Only what differs."""
    return {name: pair for name, pair in changes.items() if pair[0] != pair[1]}


def of_plan(before: Plan, after: Plan) -> Changes:
    """What differs between two states of a plan."""
    return changed({name: (value, _plan(after)[name]) for name, value in _plan(before).items()})


def _plan(plan: Plan) -> Mapping[str, Thing]:
    return {
        "name": plan.name,
        "description": plan.description or None,
        "trial": days(plan.trial_days),
        "grace": Span(plan.grace_ms),
        "pause_keeps": plan.pause_keeps_access,
        "refund_ends": plan.refund_ends_access,
        "dispute_ends": plan.dispute_ends_access,
        "at_once": plan.at_once,
        "moved_paid": plan.moved_paid,
    }


def of_new_plan(plan: Plan, price: Terms, opens: tuple[str, ...]) -> Changes:
    """What a new plan is like, as far as it is worth telling."""
    told = {
        "price": price,
        "trial": days(plan.trial_days),
        "grace": Span(plan.grace_ms),
        "opens": opens,
        "description": plan.description or None,
    }
    return {"plan": same(plan.name), **changed({name: (None, thing) for name, thing in told.items()})}


def of_community(before: Community, after: Community) -> Changes:
    """What differs between two states of a community's settings."""
    return changed({name: (value, _community(after)[name]) for name, value in _community(before).items()})


def _community(community: Community) -> Mapping[str, Thing]:
    return {
        "currency": community.currency.upper(),
        "language": Language(community.locale),
        "grace": Span(community.grace_ms),
        "contact": Who(community.contact_id) if community.contact_id is not None else None,
        "icon": community.icon,
        "color": community.color,
        "skips_rules": community.skips_rules,
    }


def days(count: int) -> Span | None:
    """So many days; None for none."""
    return Span(count * DAY_MS) if count else None


def terms_of(price: Price) -> Terms:
    """What a price asks."""
    return Terms(price.kind, price.unit_amount, price.currency, price.unit, price.count, price.until_at)


def dump(changes: Changes) -> str:
    """The text that is stored."""
    encoded = {name: [_encoded(before), _encoded(after)] for name, (before, after) in changes.items()}
    return json.dumps(encoded, ensure_ascii=False, sort_keys=True)


def load(text: str) -> Changes:
    """What was stored. Raises `ValueError` for what another version stored and this one can't read."""
    return decoded(json.loads(text))


def decoded(stored: Any) -> Changes:
    """The same from parsed JSON."""
    try:
        return {name: (_decoded(pair[0]), _decoded(pair[1])) for name, pair in stored.items()}
    except (TypeError, KeyError, AttributeError, IndexError) as strange:
        raise ValueError("these changes can't be read") from strange


def _encoded(thing: Thing) -> object:
    if thing is None or isinstance(thing, str | bool | int):
        return thing
    return list(thing) if isinstance(thing, tuple) else asdict(thing)


def _decoded(stored: Any) -> Thing:
    match stored:
        case None | str() | bool() | int():
            return stored
        case list():
            return tuple(str(name) for name in stored)
        case {"kind": kind, "amount": amount, "currency": currency, "unit": unit, "count": count, "until_at": until_at}:
            return Terms(PriceKind(kind), amount, currency, Unit(unit) if unit else None, count, until_at)
        case {"amount": int(amount), "currency": str(currency)}:
            return Amount(amount, currency)
        case {"ms": int(ms)}:
            return Span(ms)
        case {"at": int(at)}:
            return Moment(at)
        case {"person": str(person)}:
            return Who(PersonId(person))
        case {"locale": str(locale)}:
            return Language(locale)
        case {"word": word}:
            return Said(Word(word))
        case {"reason": reason}:
            return Why(Reason(reason))
        case {"platform": platform}:
            return On(Platform(platform))
    raise ValueError(f"no such thing: {stored}")

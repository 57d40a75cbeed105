"""What a price asks, as admins name it in the options of `/plan create` and `/plan price_add`."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.commands.context import amount_of, check_currency, number_of, place_of, refuse, text_of
from bot.commands.model import Checker, Choice, Option, OptionKind, Request, Way
from bot.texts import worded
from payments.core.calendar import Unit
from payments.core.catalog import PriceKind
from payments.core.community import Community
from payments.core.money import parse_currency
from payments.core.plan_terms import COUNT_MAX, PlanProblem, Terms
from payments.flows.catalog import offers
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext

DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


class Period(NamedTuple):
    """What a choice of the option `period` means."""

    kind: PriceKind
    unit: Unit | None


PERIODS: Mapping[str, Period] = {
    **{f"every_{unit}s": Period(PriceKind.RECURRING, unit) for unit in Unit},
    **{f"once_{unit}s": Period(PriceKind.FIXED_TIME, unit) for unit in Unit},
    "forever": Period(PriceKind.LIFETIME, None),
    "until": Period(PriceKind.FIXED_DATE, None),
}


async def terms_named(app: AppContext, request: Request, community: Community) -> Terms:
    """The terms that the options name. Refuses what they can't be."""
    currency = await _currency(app, request, community)
    period = PERIODS.get(text_of(request, "period") or "")
    if period is None:
        raise refuse(request, "error.option_missing", option="period")
    dated = period.kind is PriceKind.FIXED_DATE
    if (text_of(request, "until") and not dated) or (number_of(request, "every") and period.unit is None):
        raise refuse(request, "problem.plan.interval_not_meant")
    return Terms(
        kind=period.kind,
        amount=amount_of(request, "price", currency, app.limits(community)),
        currency=currency,
        unit=period.unit,
        count=(number_of(request, "every") or 1) if period.unit else None,
        until_at=_until(request) if dated else None,
    )


async def _currency(app: AppContext, request: Request, community: Community | None) -> str:
    """The currency that was typed; else that of the plan's prices, if they have one; else the community's."""
    typed = text_of(request, "currency")
    if typed is None:
        plan = text_of(request, "plan")
        offer = await offers.find(app, community.id, plan) if community and plan else None
        used = {price.currency for price in offer.prices} if offer else set()
        return used.pop() if len(used) == 1 else app.first_account.currency if community is None else community.currency
    currency = parse_currency(typed, app.limits(community))
    if currency is None:
        raise refuse(request, "refused.currency", currency=typed)
    return currency


def _until(request: Request) -> int:
    """The end of the day that was typed (UTC)."""
    typed = text_of(request, "until")
    if typed is None:
        raise refuse(request, "problem.plan.date_missing")
    for form in DATE_FORMATS:
        with suppress(ValueError, OverflowError):
            last = datetime.strptime(typed, form).replace(tzinfo=UTC) + timedelta(days=1)
            return int(last.timestamp()) * 1000 - 1
    raise refuse(request, "refused.until")


async def _check_price(app: AppContext, request: Request) -> None:
    community = await communities.at(app, place_of(request))
    amount_of(request, "price", await _currency(app, request, community), app.limits(community))


async def _check_until(app: AppContext, request: Request) -> None:
    if _until(request) <= app.business.now():
        raise refuse(request, f"problem.plan.{PlanProblem.DATE_PAST}")


def choices(*names: str) -> tuple[Choice, ...]:
    """What can be chosen, each under its text `choice.…`."""
    return tuple(Choice(worded(f"choice.{name}"), name) for name in names)


def _has_unit(values: Mapping[str, object]) -> bool:
    """Whether the period is so many days, weeks, months or years."""
    period = PERIODS.get(str(values.get("period")))
    return period is not None and period.unit is not None


def _has_date(values: Mapping[str, object]) -> bool:
    """Whether the period ends on a day."""
    period = PERIODS.get(str(values.get("period")))
    return period is not None and period.kind is PriceKind.FIXED_DATE


def renews(values: Mapping[str, object]) -> bool:
    """Whether the period is one after which it is paid again."""
    period = PERIODS.get(str(values.get("period")))
    return period is not None and period.kind is PriceKind.RECURRING


def optional(
    name: str,
    key: str,
    kind: OptionKind,
    minimum: int | None = None,
    maximum: int | None = None,
    check: Checker | None = None,
) -> Option:
    """An option that may be left out, described by the text `key`."""
    return Option(name, worded(key), kind, minimum=minimum, maximum=maximum, check=check)


PRICE = Option("price", worded("option.price"), OptionKind.TEXT, required=True, check=_check_price)
_ONCE = (
    Way(worded("way.forever"), {"period": "forever"}),
    Way(worded("way.until"), {"period": "until"}),
    *(Way(worded(f"way.once_{unit}s"), {"period": f"once_{unit}s"}) for unit in Unit),
)
_OTHER = (
    Way(worded("way.weekly"), {"period": "every_weeks", "every": 1}),
    Way(worded("way.quarterly"), {"period": "every_months", "every": 3}),
    Way(worded("way.half_yearly"), {"period": "every_months", "every": 6}),
    *(Way(worded(f"way.every_{unit}s"), {"period": f"every_{unit}s"}) for unit in Unit),
)
_PERIODS = (
    Way(worded("way.monthly"), {"period": "every_months", "every": 1}),
    Way(worded("way.yearly"), {"period": "every_years", "every": 1}),
    Way(worded("way.once"), asks=worded("ask.once"), ways=_ONCE),
    Way(worded("way.other"), asks=worded("ask.other"), ways=_OTHER),
)
_COUNTS = tuple(Way(str(count), {"every": count}) for count in (1, 2, 3, 6))

PERIOD = Option(
    "period", worded("option.period"), OptionKind.CHOICE, required=True, choices=choices(*PERIODS), ways=_PERIODS
)
CURRENCY = optional("currency", "option.currency", OptionKind.TEXT, check=check_currency)
EVERY = replace(
    optional("every", "option.every", OptionKind.INTEGER, 1, COUNT_MAX[Unit.DAY]), needed=_has_unit, ways=_COUNTS
)
UNTIL = replace(optional("until", "option.until", OptionKind.TEXT, check=_check_until), needed=_has_date)

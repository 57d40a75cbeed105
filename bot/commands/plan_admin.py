"""`/plan create|edit|list|archive`: what a community sells."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from bot.commands.context import (
    CHOICE_LENGTH_MAX,
    Answered,
    amount_of,
    asker,
    community_of_admin,
    complete_plans,
    number_of,
    offer_named,
    place_of,
    price_text,
    refuse,
    role_of,
    terms_text,
    text_of,
)
from bot.commands.model import Action, Choice, Command, Option, OptionKind, Reply, Request, RoleValue
from bot.texts import Safe, duration, fix_text, label, lines, listed, plain, say, worded
from bot.texts.formats import DAY_MS
from payments.core.ids import PersonId, TargetId
from payments.core.model import Community, PlanState, PriceKind, Target, Unit
from payments.core.money import parse_currency
from payments.core.plans import COUNT_MAX, DESCRIPTION_MAX, GRACE_MS_MAX, NAME_MAX, TRIAL_DAYS_MAX, PlanDraft, Terms
from payments.flows import community as communities
from payments.flows import offers, plans
from payments.flows.engine import Engine
from payments.flows.offers import Offer
from payments.ports.platform import ActionButton, Blocked

LIST_MAX = 20
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
ROLE_OPTIONS = ("role", "role2", "role3")


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


async def create(engine: Engine, request: Request) -> Reply:
    """`/plan create`."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    roles = [role for name in ROLE_OPTIONS if (role := role_of(request, name))]
    terms = _terms(request, community)
    targets = await _targets(engine, request, community, roles)
    grace_days = number_of(request, "grace_days")
    draft = PlanDraft(
        name=text_of(request, "name") or "",
        description=text_of(request, "description") or "",
        terms=terms,
        trial_days=number_of(request, "trial_days") or 0,
        grace_ms=community.grace_ms if grace_days is None else grace_days * DAY_MS,
        targets=tuple(target.id for target in targets),
    )
    made = await plans.create_plan(engine, community.id, draft, admin)
    if isinstance(made, plans.PlanRefused):
        return _refused(request, made)
    recurring = terms.kind is PriceKind.RECURRING
    price = terms_text(request.locale, terms, made.plan.trial_days)
    return Reply(
        lines(
            say(request.locale, "plan.created", plan=made.plan.name, price=price),
            "" if made.on_sale else say(request.locale, "plan.not_yet"),
            say(request.locale, "plan.gives", targets=listed(request.locale, [target.name for target in targets])),
            _grace(request.locale, made.plan.grace_ms) if recurring else "",
            *[await _warning(engine, request, target) for target in targets],
        )
    )


def _refused(request: Request, refused: plans.PlanRefused) -> Reply:
    return Reply(say(request.locale, f"problem.plan.{refused.reason}", detail=refused.detail))


def _currency(request: Request, community: Community) -> str:
    typed = text_of(request, "currency")
    if typed is None:
        return community.currency
    currency = parse_currency(typed)
    if currency is None:
        raise refuse(request, "refused.currency", currency=typed)
    return currency


def _terms(request: Request, community: Community) -> Terms:
    currency = _currency(request, community)
    period = PERIODS.get(text_of(request, "period") or "")
    if period is None:
        raise refuse(request, "error.option_missing", option="period")
    return Terms(
        kind=period.kind,
        amount=amount_of(request, "price", currency),
        currency=currency,
        unit=period.unit,
        count=(number_of(request, "every") or 1) if period.unit else None,
        until_at=_until(request) if period.kind is PriceKind.FIXED_DATE else None,
    )


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


async def _targets(
    engine: Engine, request: Request, community: Community, roles: Sequence[RoleValue]
) -> tuple[Target, ...]:
    if not roles:
        return ()
    named = [(role.role_id, role.name) for role in roles]
    return await offers.role_targets(engine, community, place_of(request), named)


async def _warning(engine: Engine, request: Request, target: Target) -> str:
    """What an admin should do before the role can be handed out; empty if nothing."""
    outcome = await communities.check(engine, target)
    if not isinstance(outcome, Blocked):
        return ""
    fix = fix_text(request.locale, outcome.code, outcome.detail)
    return say(request.locale, "plan.role_warning", role=target.name, fix=fix)


def _grace(locale: str, grace_ms: int) -> Safe:
    if not grace_ms:
        return say(locale, "plan.no_grace")
    return say(locale, "plan.grace", duration=duration(locale, grace_ms))


async def edit(engine: Engine, request: Request) -> Reply:
    """`/plan edit`: changes what was named; a role to take off is asked about if members have it."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    offer = await offer_named(engine, request, community)
    added, removed = role_of(request, "add_role"), text_of(request, "remove_role")
    change = _change(request, offer)
    if change is None and added is None and removed is None:
        raise refuse(request, "refused.nothing_to_change")
    taken = _named(offer, removed)
    if removed is not None and taken is None:
        raise refuse(request, "refused.role_not_there", role=removed)
    notes = [await _changed(engine, request, offer, change, admin)] if change else []
    if added is not None:
        notes.append(await _added(engine, request, community, offer, added, admin))
    if taken is None:
        return Reply(lines(*notes))
    now = await offers.find(engine, community.id, offer.plan.id)
    assert now is not None, "the plan was found just now"
    asked = await _take_off(engine, request, now, taken, admin)
    return Reply(lines(*notes, asked.text), asked.buttons)


async def _changed(engine: Engine, request: Request, offer: Offer, change: plans.PlanChange, admin: PersonId) -> str:
    """Change the plan's own fields, and say what it is now."""
    made = await plans.edit_plan(engine, offer.plan.id, change, admin)
    if isinstance(made, plans.PlanRefused):
        raise Answered(_refused(request, made))
    locale, trial_days = request.locale, made.plan.trial_days
    price = (
        terms_text(locale, change.terms, trial_days) if change.terms else price_text(locale, offer.price, trial_days)
    )
    return lines(
        say(locale, "plan.edited", plan=made.plan.name, price=price),
        say(locale, "plan.price_note") if change.terms else "",
        "" if made.on_sale else say(locale, "plan.not_yet"),
        _grace(locale, made.plan.grace_ms) if change.grace_ms is not None else "",
    )


async def _added(
    engine: Engine, request: Request, community: Community, offer: Offer, role: RoleValue, admin: PersonId
) -> str:
    """Put a role on the plan, for present members too."""
    (target,) = await _targets(engine, request, community, [role])
    wanted = [known.id for known in offer.targets] + [target.id]
    made = await plans.set_targets(engine, offer.plan.id, wanted, admin, keep_members=True)
    if isinstance(made, plans.PlanRefused):
        raise Answered(_refused(request, made))
    return lines(say(request.locale, "plan.role_added", role=role.name), await _warning(engine, request, target))


def _change(request: Request, offer: Offer) -> plans.PlanChange | None:
    """The plan's own fields that were named; None if none was."""
    grace_days, price = number_of(request, "grace_days"), offer.price
    terms = None
    if text_of(request, "price") is not None:
        if price is None:
            raise refuse(request, "subscribe.not_sold", plan=offer.plan.name)
        amount = amount_of(request, "price", price.currency)
        terms = Terms(price.kind, amount, price.currency, price.unit, price.count, price.until_at)
    change = plans.PlanChange(
        name=text_of(request, "name"),
        description=text_of(request, "description"),
        terms=terms,
        trial_days=number_of(request, "trial_days"),
        grace_ms=None if grace_days is None else grace_days * DAY_MS,
    )
    return None if change == plans.PlanChange() else change


def _named(offer: Offer, typed: str | None) -> Target | None:
    """The plan's role that was chosen from the list, or typed: its name or the platform's id."""
    if typed is None:
        return None
    return next((t for t in offer.targets if typed.casefold() in (t.id, t.external_id, t.name.casefold())), None)


async def _complete_roles(engine: Engine, request: Request, typed: str) -> tuple[Choice, ...]:
    """The roles of the plan that is chosen already: those that are gone from the server too."""
    community = await communities.at(engine, request.place) if request.place else None
    offer = await offers.find(engine, community.id, text_of(request, "plan") or "") if community else None
    if offer is None:
        return ()
    named = [target for target in offer.targets if typed.strip().casefold() in target.name.casefold()]
    return tuple(Choice(plain(target.name, CHOICE_LENGTH_MAX), target.id) for target in named)


async def _take_off(engine: Engine, request: Request, offer: Offer, target: Target, admin: PersonId) -> Reply:
    """Take a role off, as the admin said; or ask, when there are members and nothing was said."""
    said = text_of(request, "members_keep")
    if said is None and offer.members:
        question = say(request.locale, "plan.ask_keep", plan=offer.plan.name, role=target.name, n=offer.members)
        return Reply(
            question,
            (
                ActionButton(label(request.locale, "button.keep"), f"role_keep:{offer.plan.id}:{target.id}"),
                ActionButton(
                    label(request.locale, "button.lose"), f"role_lose:{offer.plan.id}:{target.id}", danger=True
                ),
            ),
        )
    return await _close(engine, request, offer, target, admin, keep=said == "keep")


async def _close(
    engine: Engine, request: Request, offer: Offer, target: Target, admin: PersonId, *, keep: bool
) -> Reply:
    left = [known.id for known in offer.targets if known.id != target.id]
    made = await plans.set_targets(engine, offer.plan.id, left, admin, keep_members=keep)
    if isinstance(made, plans.PlanRefused):
        return _refused(request, made)
    key = "plan.role_removed_keep" if keep else "plan.role_removed_lose"
    return Reply(say(request.locale, key, role=target.name))


async def _answer_keep(engine: Engine, request: Request, arguments: tuple[str, ...], *, keep: bool) -> Reply:
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    plan_id, target_id = (*arguments, "", "")[:2]
    offer = await offers.find(engine, community.id, plan_id)
    target = next((t for t in offer.targets if t.id == TargetId(target_id)), None) if offer else None
    if offer is None or target is None:
        return Reply(say(request.locale, "error.unknown_action"))
    return await _close(engine, request, offer, target, admin, keep=keep)


async def role_keep(engine: Engine, request: Request, arguments: tuple[str, ...]) -> Reply:
    """«They keep it»."""
    return await _answer_keep(engine, request, arguments, keep=True)


async def role_lose(engine: Engine, request: Request, arguments: tuple[str, ...]) -> Reply:
    """«They lose it too»."""
    return await _answer_keep(engine, request, arguments, keep=False)


async def show(engine: Engine, request: Request) -> Reply:
    """`/plan list`."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    found = await offers.offers(engine, community.id, archived=True)
    if not found:
        return Reply(say(request.locale, "plans.none_admin"))
    rows = [_row(request.locale, offer) for offer in found[:LIST_MAX]]
    return Reply(lines(*rows, say(request.locale, "plan.list_more", n=LIST_MAX) if len(found) > LIST_MAX else ""))


def _row(locale: str, offer: Offer) -> Safe:
    if offer.plan.state is PlanState.ARCHIVED:
        return say(locale, "plan.list_archived", plan=offer.plan.name, n=offer.members)
    price = price_text(locale, offer.price, offer.plan.trial_days)
    return lines(
        say(locale, "plan.list_line", plan=offer.plan.name, price=price, n=offer.members),
        say(locale, "plan.gives", targets=listed(locale, [target.name for target in offer.targets])),
    )


async def ask_archive(engine: Engine, request: Request) -> Reply:
    """`/plan archive`: asks first."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    offer = await offer_named(engine, request, community)
    button = ActionButton(label(request.locale, "button.archive"), f"archive:{offer.plan.id}", danger=True)
    return Reply(say(request.locale, "plan.archive_ask", plan=offer.plan.name, n=offer.members), (button,))


async def archive(engine: Engine, request: Request, arguments: tuple[str, ...]) -> Reply:
    """«Stop selling it»."""
    admin = await asker(engine, request)
    community = await community_of_admin(engine, request, admin)
    offer = await offers.find(engine, community.id, "".join(arguments))
    if offer is None:
        return Reply(say(request.locale, "refused.plan_unknown"))
    made = await plans.archive_plan(engine, offer.plan.id, admin)
    if isinstance(made, plans.PlanRefused):
        return _refused(request, made)
    return Reply(say(request.locale, "plan.archived", plan=offer.plan.name))


def _choices(*names: str) -> tuple[Choice, ...]:
    return tuple(Choice(worded(f"choice.{name}"), name) for name in names)


def _optional(name: str, key: str, kind: OptionKind, minimum: int | None = None, maximum: int | None = None) -> Option:
    return Option(name, worded(key), kind, minimum=minimum, maximum=maximum)


_PLAN = Option("plan", worded("option.plan"), OptionKind.TEXT, required=True, complete=complete_plans)
_TRIAL = _optional("trial_days", "option.trial_days", OptionKind.INTEGER, 0, TRIAL_DAYS_MAX)
_GRACE = _optional("grace_days", "option.grace_days", OptionKind.INTEGER, 0, GRACE_MS_MAX // DAY_MS)
_DESCRIPTION = _optional("description", "option.description", OptionKind.TEXT, 1, DESCRIPTION_MAX)

COMMANDS = (
    Command(
        "plan create",
        worded("command.plan_create"),
        create,
        options=(
            Option("name", worded("option.name"), OptionKind.TEXT, required=True, minimum=1, maximum=NAME_MAX),
            Option("price", worded("option.price"), OptionKind.TEXT, required=True),
            Option("period", worded("option.period"), OptionKind.CHOICE, required=True, choices=_choices(*PERIODS)),
            Option("role", worded("option.role"), OptionKind.ROLE, required=True),
            _optional("currency", "option.currency", OptionKind.TEXT),
            _optional("every", "option.every", OptionKind.INTEGER, 1, COUNT_MAX[Unit.DAY]),
            _optional("until", "option.until", OptionKind.TEXT),
            _optional("role2", "option.role", OptionKind.ROLE),
            _optional("role3", "option.role", OptionKind.ROLE),
            _TRIAL,
            _GRACE,
            _DESCRIPTION,
        ),
        admin=True,
    ),
    Command(
        "plan edit",
        worded("command.plan_edit"),
        edit,
        options=(
            _PLAN,
            _optional("name", "option.name", OptionKind.TEXT, 1, NAME_MAX),
            _optional("price", "option.new_price", OptionKind.TEXT),
            _optional("add_role", "option.add_role", OptionKind.ROLE),
            Option("remove_role", worded("option.remove_role"), OptionKind.TEXT, complete=_complete_roles),
            Option("members_keep", worded("option.members_keep"), OptionKind.CHOICE, choices=_choices("keep", "lose")),
            _GRACE,
            _TRIAL,
            _DESCRIPTION,
        ),
        admin=True,
    ),
    Command("plan list", worded("command.plan_list"), show, admin=True),
    Command("plan archive", worded("command.plan_archive"), ask_archive, options=(_PLAN,), admin=True),
)
ACTIONS = (
    Action("role_keep", role_keep, admin=True),
    Action("role_lose", role_lose, admin=True),
    Action("archive", archive, admin=True),
)

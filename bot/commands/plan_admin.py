"""`/plan create|edit|list|archive`: what a community sells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.commands import adopting, plan_prices, plan_targets, price_options
from bot.commands.context import (
    WHICH,
    Answered,
    amount_of,
    asker,
    community_of_admin,
    complete_plans,
    number_of,
    offer_named,
    place_of,
    prices_like,
    prices_text,
    refuse,
    text_of,
)
from bot.commands.handing import must_be_harmless
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.commands.plan_prices import refused
from bot.commands.price_options import optional
from bot.texts import Safe, clean, day, duration, fix_text, label, lines, listed, say, terms_text, worded
from bot.texts.formats import DAY_MS
from payments.core.access import Source
from payments.core.catalog import Plan, PlanState, Price, PriceKind
from payments.core.changes import terms_of
from payments.core.community import WITH_ROLES, Community, Target
from payments.core.ids import PersonId
from payments.core.plan_terms import (
    DESCRIPTION_MAX,
    GRACE_MS_MAX,
    NAME_MAX,
    TRIAL_DAYS_MAX,
    PlanDraft,
    PlanProblem,
    check_description,
    check_draft,
    check_name,
)
from payments.core.rights import Rank
from payments.flows.catalog import offers, plans
from payments.flows.catalog.offers import Offer
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

LIST_MAX = 20
DATE_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")


async def create(app: AppContext, request: Request) -> Reply:
    """`/plan create`."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    targets = await offers.stored(app, await plan_targets.named(app, request, community))
    draft = await _draft(app, request, community, targets)
    terms = draft.terms
    made = await plans.create_plan(app, community.id, draft, admin, request.key)
    if isinstance(made, plans.PlanRefused):
        return refused(request, made)
    recurring = terms.kind is PriceKind.RECURRING
    price = terms_text(request.locale, terms, made.plan.trial_days)
    held, buttons = await adopting.asked(app, request.locale, targets)
    created = "plan.created" if request.identity.platform in app.settings.sells_on else "plan.created_elsewhere"
    return Reply(
        lines(
            say(request.locale, created, plan=made.plan.name, price=price),
            "" if made.on_sale else say(request.locale, "plan.not_yet"),
            say(request.locale, "plan.gives", targets=listed(request.locale, [target.name for target in targets])),
            _grace(request.locale, made.plan.grace_ms) if recurring else "",
            *_first_payments(request.locale, made.plan, _at_once(request), _moved_paid(request)),
            *[await plan_targets.warning(app, request, target) for target in targets],
            *held,
        ),
        buttons,
    )


async def preview(app: AppContext, request: Request) -> Reply:
    """What `/plan create` would make."""
    community = await community_of_admin(app, request, await asker(app, request))
    targets = await plan_targets.named(app, request, community)
    draft, locale = await _draft(app, request, community, targets), request.locale
    problem = check_draft(draft, app.business.now(), app.limits(community))
    if problem is not None:
        raise refuse(request, f"problem.plan.{problem}", detail="")
    return Reply(
        lines(
            say(locale, "preview.plan", plan=draft.name, price=terms_text(locale, draft.terms, draft.trial_days)),
            say(locale, "preview.currency", currency=draft.terms.currency.upper()),
            say(locale, "plan.gives", targets=listed(locale, [target.name for target in targets])),
            _grace(locale, draft.grace_ms) if draft.terms.kind is PriceKind.RECURRING else "",
            clean(draft.description) if draft.description else "",
        )
    )


async def _draft(app: AppContext, request: Request, community: Community, targets: Sequence[Target]) -> PlanDraft:
    """The plan that the options name, which opens these."""
    grace_days = number_of(request, "grace_days")
    return PlanDraft(
        name=text_of(request, "name") or "",
        description=text_of(request, "description") or "",
        terms=await price_options.terms_named(app, request, community),
        trial_days=number_of(request, "trial_days") or 0,
        grace_ms=community.grace_ms if grace_days is None else grace_days * DAY_MS,
        targets=tuple(target.id for target in targets),
        at_once=_at_once(request) or False,
        moved_paid=_moved_paid(request) or False,
    )


def _grace(locale: str, grace_ms: int) -> Safe:
    if not grace_ms:
        return say(locale, "plan.no_grace")
    return say(locale, "plan.grace", duration=duration(locale, grace_ms))


def _at_once(request: Request) -> bool | None:
    """Whether a first payment that takes days opens access at once; None: nothing is said of it."""
    said = text_of(request, "first_payment")
    return None if said is None else said == "at_once"


def _moved_paid(request: Request) -> bool | None:
    """Whether who was moved here counts as having paid; None: nothing is said of it."""
    said = text_of(request, "moved_here")
    return None if said is None else said == "counts_as_paid"


def _first_payments(locale: str, plan: Plan, at_once: bool | None, moved_paid: bool | None) -> list[Safe]:
    """What follows from what was said, and what is risked."""
    found = [] if at_once is None else [say(locale, "plan.at_once" if plan.at_once else "plan.when_paid")]
    if moved_paid is not None:
        found.append(say(locale, "plan.moved_paid" if plan.moved_paid else "plan.moved_unpaid"))
    return found


async def edit(app: AppContext, request: Request) -> Reply:
    """`/plan edit`: changes what was named; what is to be taken off is asked about if members have it."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    offer = await offer_named(app, request, community)
    change, taken = _change(app, request, offer), plan_targets.to_take(request, offer)
    if change is not None and _eases(change):
        await must_be_harmless(app, request, offer.targets)
    added = await plan_targets.to_add(app, request, community)
    if change is None and taken is None and not added:
        raise refuse(request, "refused.nothing_to_change")
    notes = [await _changed(app, request, offer, change, admin)] if change else []
    held, buttons = await adopting.asked(app, request.locale, added)
    if added:
        notes += [await plan_targets.add(app, request, offer, added, admin), *held]
    if taken is None:
        return Reply(lines(*notes), buttons)
    now = await offers.find(app, community.id, offer.plan.id)
    assert now is not None, "the plan was found just now"
    asked = await plan_targets.take_off(app, request, now, taken, admin)
    return Reply(lines(*notes, asked.text), (*asked.buttons, *buttons))


def _eases(change: plans.PlanChange) -> bool:
    """Whether a plan may be easier to get, or to keep, after this change."""
    said = (change.terms, change.trial_days, change.grace_ms, change.at_once, change.moved_paid)
    return any(one is not None for one in said)


async def _changed(app: AppContext, request: Request, offer: Offer, change: plans.PlanChange, admin: PersonId) -> str:
    """Change the plan's own fields, and say what it is now."""
    made = await plans.edit_plan(app, offer.plan.id, change, admin)
    if isinstance(made, plans.PlanRefused):
        raise Answered(refused(request, made))
    locale, terms, trial_days = request.locale, change.terms, made.plan.trial_days
    renews = terms is not None and terms.kind is PriceKind.RECURRING
    price = (
        terms_text(locale, terms, trial_days if renews else 0)
        if terms
        else prices_text(locale, offer.prices, trial_days)
    )
    return lines(
        say(locale, "plan.edited", plan=made.plan.name, price=price),
        say(locale, "plan.price_note" if renews else "plan.price_note_once") if terms else "",
        "" if made.on_sale else say(locale, "plan.not_yet"),
        _grace(locale, made.plan.grace_ms) if change.grace_ms is not None else "",
        *_first_payments(locale, made.plan, change.at_once, change.moved_paid),
    )


def _change(app: AppContext, request: Request, offer: Offer) -> plans.PlanChange | None:
    """The plan's own fields that were named; None if none was."""
    grace_days, terms = number_of(request, "grace_days"), None
    if text_of(request, "price") is not None:
        price = _price_meant(request, offer)
        terms = replace(
            terms_of(price), amount=amount_of(request, "price", price.currency, app.provider(price.account_id).limits)
        )
    change = plans.PlanChange(
        name=text_of(request, "name"),
        description=text_of(request, "description"),
        terms=terms,
        trial_days=number_of(request, "trial_days"),
        grace_ms=None if grace_days is None else grace_days * DAY_MS,
        at_once=_at_once(request),
        moved_paid=_moved_paid(request),
    )
    return None if change == plans.PlanChange() else change


def _price_meant(request: Request, offer: Offer) -> Price:
    """The price that is to change: the only one there is, or the one named with `which`."""
    if not offer.prices:
        raise refuse(request, "subscribe.not_sold", plan=offer.plan.name)
    found = prices_like(request, offer)
    if len(found) != 1:
        raise Answered(refused(request, plans.PlanRefused(PlanProblem.PRICE_UNCLEAR)))
    return found[0]


async def show(app: AppContext, request: Request) -> Reply:
    """`/plan list`."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    found = await offers.offers(app, community.id, archived=True)
    if not found:
        return Reply(say(request.locale, "plans.none_admin"))
    rows = [_row(request.locale, offer) for offer in found[:LIST_MAX]]
    return Reply(lines(*rows, say(request.locale, "plan.list_more", n=LIST_MAX) if len(found) > LIST_MAX else ""))


def _row(locale: str, offer: Offer) -> Safe:
    if offer.plan.state is PlanState.ARCHIVED:
        return say(locale, "plan.list_archived", plan=offer.plan.name, n=offer.members)
    price = prices_text(locale, offer.prices, offer.plan.trial_days)
    return lines(
        say(locale, "plan.list_line", plan=offer.plan.name, price=price, n=offer.members),
        say(locale, "plan.gives", targets=listed(locale, [target.name for target in offer.targets])),
        *(_broken(locale, target) for target in offer.broken),
        say(locale, "plan.list_unserved") if offer.priced and not offer.opens.served else "",
    )


def _broken(locale: str, target: Target) -> Safe:
    """Why the plan is not sold just now, since when, and what to do."""
    fix = fix_text(locale, target.fault or "")
    return say(locale, "plan.list_broken", role=target.name, since=day(locale, target.fault_at or 0), fix=fix)


async def ask_archive(app: AppContext, request: Request) -> Reply:
    """`/plan archive`: asks first."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    offer = await offer_named(app, request, community)
    button = ActionButton(label(request.locale, "button.archive"), f"archive:{offer.plan.id}", danger=True)
    key = "plan.archive_ask" if offer.members else "plan.archive_ask_empty"
    sources = await offers.sources(app, offer.plan.id)
    kept = (_kept(request.locale, sources, *kind) for kind in KEPT)
    return Reply(lines(say(request.locale, key, plan=offer.plan.name, n=offer.members), *kept), (button,))


KEPT = (
    ("plan.archive_subscribed", (Source.SUBSCRIPTION, Source.TRIAL)),
    ("plan.archive_bought", (Source.PURCHASE,)),
    ("plan.archive_given", (Source.COMP,)),
)
"""Only subscriptions go on being paid: what was bought once or given lasts as long as it was meant to."""


def _kept(locale: str, counted: Mapping[str, int], key: str, sources: Sequence[Source]) -> Safe:
    """What becomes of those who have it by one of these ways; empty if nobody does."""
    n = sum(counted.get(source, 0) for source in sources)
    return say(locale, key, n=n) if n else Safe("")


async def archive(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "stop selling it"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    offer = await offers.find(app, community.id, "".join(arguments))
    if offer is None:
        return Reply(say(request.locale, "refused.plan_unknown"))
    made = await plans.archive_plan(app, offer.plan.id, admin)
    if isinstance(made, plans.PlanRefused):
        return refused(request, made)
    return Reply(say(request.locale, "plan.archived", plan=offer.plan.name))


async def _check_name(app: AppContext, request: Request) -> None:
    """A name that a plan can have, and that no other here has."""
    name = text_of(request, "name") or ""
    problem = check_name(name)
    if problem is not None:
        raise refuse(request, f"problem.plan.{problem}")
    community = await communities.at(app, place_of(request))
    if community is not None and await offers.named(app, community.id, name):
        raise refuse(request, f"problem.plan.{PlanProblem.NAME_TAKEN}")


async def _check_description(_app: AppContext, request: Request) -> None:
    problem = check_description(text_of(request, "description") or "")
    if problem is not None:
        raise refuse(request, f"problem.plan.{problem}")


_PLAN = Option("plan", worded("option.plan"), OptionKind.TEXT, required=True, complete=complete_plans)
_TRIAL = optional("trial_days", "option.trial_days", OptionKind.INTEGER, 0, TRIAL_DAYS_MAX)
_GRACE = optional("grace_days", "option.grace_days", OptionKind.INTEGER, 0, GRACE_MS_MAX // DAY_MS)
_FIRST_PAYMENT = Option(
    "first_payment",
    worded("option.first_payment"),
    OptionKind.CHOICE,
    choices=price_options.choices("when_paid", "at_once"),
)
_MOVED_HERE = Option(
    "moved_here",
    worded("option.moved_here"),
    OptionKind.CHOICE,
    choices=price_options.choices("counts_as_paid", "counts_as_unpaid"),
)
_DESCRIPTION = optional("description", "option.description", OptionKind.TEXT, 1, DESCRIPTION_MAX, _check_description)

COMMANDS = (
    Command(
        "plan create",
        worded("command.plan_create"),
        create,
        options=(
            Option(
                "name",
                worded("option.name"),
                OptionKind.TEXT,
                required=True,
                minimum=1,
                maximum=NAME_MAX,
                check=_check_name,
            ),
            price_options.PRICE,
            price_options.PERIOD,
            Option("role", worded("option.role"), OptionKind.ROLE, platforms=WITH_ROLES),
            Option(
                "chat",
                worded("option.chat"),
                OptionKind.TEXT,
                complete=plan_targets.complete_chats,
                needed=lambda _: True,
                skip=True,
            ),
            price_options.CURRENCY,
            price_options.EVERY,
            price_options.UNTIL,
            Option("role2", worded("option.role"), OptionKind.ROLE, platforms=WITH_ROLES),
            Option("role3", worded("option.role"), OptionKind.ROLE, platforms=WITH_ROLES),
            Option("chat2", worded("option.chat"), OptionKind.TEXT, complete=plan_targets.complete_chats),
            replace(_TRIAL, needed=price_options.renews, skip=True),
            _GRACE,
            _FIRST_PAYMENT,
            _MOVED_HERE,
            replace(_DESCRIPTION, needed=lambda _: True, skip=True),
        ),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
        preview=preview,
        calls_stripe=True,
    ),
    Command(
        "plan edit",
        worded("command.plan_edit"),
        edit,
        options=(
            _PLAN,
            optional("name", "option.name", OptionKind.TEXT, 1, NAME_MAX),
            optional("price", "option.new_price", OptionKind.TEXT),
            WHICH,
            Option("add_role", worded("option.add_role"), OptionKind.ROLE, platforms=WITH_ROLES),
            Option(
                "remove_role",
                worded("option.remove_role"),
                OptionKind.TEXT,
                complete=plan_targets.complete_roles,
                platforms=WITH_ROLES,
            ),
            Option("add_chat", worded("option.add_chat"), OptionKind.TEXT, complete=plan_targets.complete_chats),
            Option(
                "remove_chat", worded("option.remove_chat"), OptionKind.TEXT, complete=plan_targets.complete_plan_chats
            ),
            Option(
                "members_keep",
                worded("option.members_keep"),
                OptionKind.CHOICE,
                choices=price_options.choices("keep", "lose"),
            ),
            _GRACE,
            _TRIAL,
            _FIRST_PAYMENT,
            _MOVED_HERE,
            _DESCRIPTION,
        ),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
        calls_stripe=True,
    ),
    Command("plan list", worded("command.plan_list"), show, about=About.ONE_PLACE, rank=Rank.MANAGER),
    Command(
        "plan archive",
        worded("command.plan_archive"),
        ask_archive,
        options=(_PLAN,),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
    ),
    *plan_prices.COMMANDS,
)
ACTIONS = (*plan_targets.ACTIONS, *plan_prices.ACTIONS, Action("archive", archive, rank=Rank.MANAGER))

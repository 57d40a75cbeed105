"""`/membership`: what somebody has, and the buttons to manage payment, cancel (it asks first) and resume."""

from collections.abc import Iterable
from dataclasses import replace

from bot.commands import newest_bill
from bot.commands.context import asker
from bot.commands.model import About, Action, Command, Reply, Request
from bot.texts import Safe, day, label, lines, listed, money, reason_text, say, terms_text, worded
from payments.core.access import EffectState, Reason, Source
from payments.core.billing import ENDED_STATUSES, Invoice, Subscription, SubscriptionStatus
from payments.core.catalog import PriceKind
from payments.core.community import Platform
from payments.core.endings import CancelTerms
from payments.core.ids import PersonId, SubscriptionId
from payments.core.plan_terms import Terms
from payments.core.refusals import Cause
from payments.flows.billing import portal
from payments.flows.billing.portal import NoCustomer, Renewal, Standing
from payments.flows.communities import settings as communities
from payments.flows.runtime.context import AppContext
from payments.flows.views.membership import Membership, Opening, of_person
from payments.ports.chat import ActionButton, Button, LinkButton
from payments.ports.providers import PortalFlow

SHOWN_MAX = 8
BUTTONS_EACH_MAX = 4


async def show(app: AppContext, request: Request) -> Reply:
    """`/membership`: here, or (asked privately) everywhere."""
    person_id = await asker(app, request)
    community = await communities.at(app, request.place) if request.place else None
    if request.place is not None and community is None:
        return Reply(say(request.locale, "membership.none"))
    found = await of_person(app, person_id, community.id if community else None)
    if not found:
        return Reply(say(request.locale, "membership.none" if request.place else "membership.none_private"))
    shown = found[:SHOWN_MAX]
    here = request.identity.platform
    text = "\n\n".join(told(request.locale, membership, person_id, here) for membership in shown)
    standing = await portal.standing(app, request.identity)
    undo = _undo_buttons(request.locale, shown, app.business.now())
    return Reply(text, (*undo, *_buttons(request.locale, shown, standing)))


def told(locale: str, membership: Membership, person_id: PersonId, here: Platform) -> Safe:
    """One membership in a few lines: state, what comes next, what it opens. `here`: the platform of who reads."""
    side = membership.side
    gift = membership.entitlement.payer_id != person_id and membership.entitlement.source is not Source.COMP
    opens = listed(locale, [opening.target.name for opening in membership.openings])
    return lines(
        say(
            locale,
            "membership.line",
            plan=membership.plan.name,
            community=membership.community.name,
            state=_state(locale, membership),
        ),
        _next(locale, membership),
        say(locale, "membership.opens", targets=opens) if membership.open and opens else "",
        say(locale, "membership.gift") if gift else "",
        say(locale, "membership.moved") if membership.move else "",
        say(locale, "membership.paid_there", platform=say(locale, f"platform.{side}"))
        if side not in (None, here)
        else "",
        *(_doubt(locale, opening) for opening in membership.openings if membership.open),
    )


def _state(locale: str, membership: Membership) -> str:
    """Why it is open or not. Paying an invoice of a subscription that has ended brings nothing back."""
    subscription = membership.subscription
    if membership.open and subscription is not None and subscription.status in ENDED_STATUSES:
        return say(locale, "membership.over_for_payment")
    if membership.open and subscription is not None and subscription.status is SubscriptionStatus.UNPAID:
        return say(locale, "membership.unpaid")
    return reason_text(locale, membership.reason)


def _next(locale: str, membership: Membership) -> str:
    """What happens next, and when."""
    if membership.comes_at is not None:
        return _to_come(locale, membership, membership.comes_at)
    if not membership.open:
        return ""
    subscription, until = membership.subscription, membership.entitlement.access_until
    cancel_at = None if subscription is None else subscription.cancel_at
    unpaid = subscription is not None and until is not None and (cancel_at is None or until < cancel_at)
    if (membership.reason is Reason.GRACE or unpaid) and until is not None:
        return say(locale, "membership.grace", day=day(locale, until))
    if subscription is None:
        if until is None:
            return say(locale, "membership.for_good")
        return say(locale, "membership.ends", day=day(locale, until))
    if subscription.cancel_at is not None:
        return say(locale, "membership.ends_cancelled", day=day(locale, subscription.cancel_at))
    price = _renewal_price(locale, subscription, taxed=membership.taxed)
    if membership.reason is Reason.TRIALING and subscription.trial_end_at is not None:
        key = "membership.trial" if price else "membership.trial_unpriced"
        return say(locale, key, day=day(locale, subscription.trial_end_at), price=price)
    if subscription.period_end_at is not None:
        key = "membership.renews" if price else "membership.renews_unpriced"
        return say(locale, key, day=day(locale, subscription.period_end_at), price=price)
    return ""


def _to_come(locale: str, membership: Membership, begins_at: int) -> str:
    """A period that is bought and has not begun."""
    until = membership.entitlement.access_until
    if until is None:
        return say(locale, "membership.starts", begins=day(locale, begins_at))
    return say(locale, "membership.starts_until", begins=day(locale, begins_at), until=day(locale, until))


def _renewal_price(locale: str, s: Subscription, *, taxed: bool) -> str:
    """What each renewal costs, of all that was bought of it; nothing where that isn't known. The price on sale may be
    another. What comes off or on top at the provider is said without its amount."""
    amount = s.undiscounted_amount
    if amount is None or s.unit is None:
        return ""
    price = terms_text(locale, Terms(PriceKind.RECURRING, amount, s.currency, s.unit, s.count))
    (item,) = s.items
    if item.quantity is not None and item.quantity > 1 and item.unit_amount is not None:
        each = money(locale, item.unit_amount, s.currency)
        price = say(locale, "membership.price_of", price=price, n=item.quantity, each=each)
    if s.discounted:
        key = "membership.before_discount_and_tax" if taxed else "membership.before_discount"
        return say(locale, key, price=price)
    return say(locale, "membership.plus_tax", price=price) if taxed else price


def _doubt(locale: str, opening: Opening) -> str:
    """Said only while a target is not confirmed yet."""
    if opening.access is None or (opening.access.applied and opening.effect is not EffectState.BLOCKED):
        return ""
    key = {
        EffectState.WAITING: "membership.not_in_server" if opening.linked else "membership.not_linked",
        EffectState.BLOCKED: "membership.blocked",
        EffectState.DEAD: "membership.blocked",
    }.get(opening.effect or EffectState.OPEN, "membership.not_there_yet")
    if opening.cause == Cause.SCREENING:
        key = "membership.accept_rules"
    platform = say(locale, f"platform.{opening.target.platform}")
    return say(locale, key, target=opening.target.name, platform=platform)


def _running(membership: Membership, among: frozenset[SubscriptionId]) -> bool:
    """Whether its subscription is one of these, and has not ended."""
    subscription = membership.subscription
    return subscription is not None and subscription.id in among and subscription.ended_at is None


def _undo_buttons(locale: str, shown: tuple[Membership, ...], now: int) -> tuple[Button, ...]:
    """To take back what an account that replaced this one has: first of all, while there is time."""
    moves = {m.move.id: m.move for m in shown if m.move is not None and m.move.until_at > now and not m.move.undone}
    return tuple(ActionButton(label(locale, "button.move_undo"), f"move_undo:{id_}", danger=True) for id_ in moves)


def _buttons(locale: str, shown: tuple[Membership, ...], standing: Standing) -> tuple[Button, ...]:
    ways = {o.way_in: o.target.name for m in shown if m.open for o in m.openings if o.way_in is not None}
    buttons: list[Button] = [
        LinkButton(label(locale, "button.come_in", target=name), way_in)
        for way_in, name in list(ways.items())[:BUTTONS_EACH_MAX]
    ]
    unpaid = [m for m in shown if m.subscription is not None and m.subscription.status is SubscriptionStatus.UNPAID]
    buttons.extend(
        newest_bill.button(locale, m.subscription.id, m.plan.name)
        for m in unpaid[:BUTTONS_EACH_MAX]
        if m.subscription is not None and m.subscription.id in standing.pays
    )
    buttons.extend(_manage_buttons(locale, shown, standing))
    endable = [m for m in shown if _running(m, standing.pays) or (_running(m, standing.ends) and not m.cancelled)]
    endable = list({m.subscription.id: m for m in reversed(endable) if m.subscription is not None}.values())[::-1]
    for membership in endable[:BUTTONS_EACH_MAX]:
        assert membership.subscription is not None
        verb = "resume" if membership.cancelled else "cancel"
        text = label(locale, f"button.{verb}", plan=membership.plan.name)
        buttons.append(ActionButton(text, f"{verb}:{membership.subscription.id}", quiet=verb == "cancel"))
    return tuple(buttons)


def _manage_buttons(locale: str, shown: tuple[Membership, ...], standing: Standing) -> list[Button]:
    """One for each customer at Stripe by which this account pays."""
    paid = {
        m.subscription.customer_id: m
        for m in reversed(shown)
        if m.subscription is not None and m.subscription.id in standing.pays
    }
    if len(paid) < 2:
        return [ActionButton(label(locale, "button.manage"), "manage")] if paid else []
    return [
        ActionButton(label(locale, "button.manage_one", plan=m.plan.name, n=n), f"manage:{m.subscription.id}")
        for n, m in enumerate(list(reversed(paid.values()))[:BUTTONS_EACH_MAX], 1)
        if m.subscription is not None
    ]


async def show_all(app: AppContext, request: Request, _arguments: tuple[str, ...]) -> Reply:
    """The button of the first private message: what they have, wherever that is, with the ways to manage and cancel."""
    return await show(app, replace(request, place=None))


async def manage(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "manage payment": a link to Stripe's portal, of the subscription's customer if one is named."""
    await asker(app, request)
    named = SubscriptionId(arguments[0]) if arguments else None
    opened = await portal.open_portal(app, request.identity, PortalFlow.HOME, subscription_id=named)
    if isinstance(opened, NoCustomer):
        return Reply(say(request.locale, "membership.no_customer"))
    button = LinkButton(label(request.locale, "button.open_portal"), opened)
    return Reply(say(request.locale, "membership.portal"), (button,))


async def _own(
    app: AppContext, request: Request, arguments: tuple[str, ...], *, to_end: bool = False
) -> Membership | None:
    """The membership that a button is about, if this account pays it; `to_end`: or uses what another one pays."""
    person_id = await asker(app, request)
    wanted = SubscriptionId(arguments[0]) if arguments else None
    standing = await portal.standing(app, request.identity)
    own = standing.pays | standing.ends if to_end else standing.pays
    found = await of_person(app, person_id)
    return next((m for m in found if _running(m, own) and m.subscription and m.subscription.id == wanted), None)


async def ask_cancel(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "cancel": asks first, and says until when they keep it."""
    membership = await _own(app, request, arguments, to_end=True)
    terms = None
    if membership is not None and membership.subscription is not None and not membership.cancelled:
        terms = await portal.cancelling(app, request.identity, membership.subscription.id)
    if membership is None or membership.subscription is None or terms is None:
        return Reply(say(request.locale, "membership.gone"))
    subscription_id = membership.subscription.id
    pays = subscription_id in (await portal.standing(app, request.identity)).pays
    beside = await _beside(app, request, membership)
    return Reply(
        lines(
            _dated(request.locale, "membership.cancel_ask", membership, terms, beside),
            *_kept_beside(request.locale, beside, terms),
            *_what_of_bills(request.locale, terms, amounts=pays),
        ),
        (
            ActionButton(label(request.locale, "button.cancel_yes"), f"cancel_yes:{subscription_id}", danger=True),
            ActionButton(label(request.locale, "button.cancel_no"), f"cancel_no:{subscription_id}", quiet=True),
        ),
    )


async def _beside(app: AppContext, request: Request, membership: Membership) -> list[Membership]:
    """What else the membership's subscription gives now: all of it ends together."""
    found = await of_person(app, await asker(app, request))
    same = [m for m in found if m.open and m.subscription == membership.subscription]
    return [m for m in same if m.entitlement.id != membership.entitlement.id]


def _until(membership: Membership, terms: CancelTerms) -> int | None:
    """Until when one is kept whose subscription is cancelled: one that is not paid for may end before it."""
    ends = [at for at in (terms.until, membership.entitlement.access_until) if at is not None]
    return min(ends) if membership.open and terms.until is not None else terms.until


def _kept_beside(locale: str, beside: Iterable[Membership], terms: CancelTerms) -> list[Safe]:
    kept = [(m.plan.name, _until(m, terms)) for m in beside]
    return [say(locale, "membership.cancel_beside", plan=name, day=day(locale, at)) for name, at in kept if at]


def _dated(
    locale: str, key: str, membership: Membership, terms: CancelTerms, beside: Iterable[Membership] = ()
) -> Safe:
    """A sentence about cancelling: at once, until a day, or until one that isn't known."""
    until, all_of_it = _until(membership, terms), ", ".join(m.plan.name for m in (membership, *beside))
    if terms.at_once:
        return say(locale, f"{key}_now", plan=all_of_it)
    if until is None:
        return say(locale, f"{key}_undated", plan=all_of_it)
    return say(locale, key, plan=membership.plan.name, day=day(locale, until))


def _what_of_bills(locale: str, terms: CancelTerms, *, amounts: bool) -> list[Safe]:
    """What becomes of open bills, with their `amounts` for who pays them alone."""

    def told(key: str, bills: tuple[Invoice, ...]) -> Safe:
        sums = Safe(", ".join(money(locale, bill.amount_remaining, bill.currency) for bill in bills))
        return say(locale, key, n=len(bills), amounts=sums)

    parts = {
        "membership.cancel_withdraws": terms.withdrawn,
        "membership.cancel_charges": terms.charged,
        "membership.cancel_due": terms.due,
        "membership.cancel_tried": terms.tried,
    }
    found = [told(key, bills) for key, bills in parts.items() if bills] if amounts else []
    return found if terms.charged or terms.due or terms.tried else [*found, say(locale, "membership.cancel_nothing")]


async def cancel(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, cancel"."""
    membership = await _own(app, request, arguments, to_end=True)
    if membership is None or membership.subscription is None:
        return Reply(say(request.locale, "membership.gone"))
    terms = await portal.cancelling(app, request.identity, membership.subscription.id)
    beside = await _beside(app, request, membership)
    renewal = await portal.cancel(app, request.identity, membership.subscription.id)
    if renewal is Renewal.STORED:
        return Reply(say(request.locale, "membership.cancel_stored"))
    if renewal is Renewal.CANCELLED_NOW:
        gone = ", ".join(m.plan.name for m in (membership, *beside))
        return Reply(say(request.locale, "membership.cancelled_now", plan=gone))
    if renewal is not Renewal.CANCELLED:
        return Reply(say(request.locale, "membership.gone"))
    until = membership.subscription.period_end_at
    if terms is not None and terms.until is not None:
        until = _until(membership, terms)
    if until is None:
        return Reply(say(request.locale, "membership.cancelled_undated", plan=membership.plan.name))
    if terms is not None and terms.at_once:
        paid = say(
            request.locale, "membership.cancelled_paid", plan=membership.plan.name, day=day(request.locale, until)
        )
        return Reply(paid)
    if membership.subscription.id not in (await portal.standing(app, request.identity)).pays:
        key = "membership.cancelled_told"
        return Reply(say(request.locale, key, plan=membership.plan.name, day=day(request.locale, until)))
    text = say(request.locale, "membership.cancelled", plan=membership.plan.name, day=day(request.locale, until))
    resume_label = label(request.locale, "button.resume", plan=membership.plan.name)
    kept = () if terms is None else _kept_beside(request.locale, beside, terms)
    return Reply(lines(text, *kept), (ActionButton(resume_label, f"resume:{membership.subscription.id}"),))


async def keep(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "keep it": nothing is changed."""
    membership = await _own(app, request, arguments, to_end=True)
    if membership is None or membership.cancelled:
        return Reply(say(request.locale, "membership.gone"))
    return Reply(say(request.locale, "membership.kept", plan=membership.plan.name))


async def resume(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "resume": undoes a cancellation."""
    membership = await _own(app, request, arguments)
    if membership is None or membership.subscription is None:
        return Reply(say(request.locale, "membership.gone"))
    renewal = await portal.resume(app, request.identity, membership.subscription.id)
    if renewal is Renewal.STORED:
        return Reply(say(request.locale, "membership.cancel_stored"))
    if renewal is Renewal.TAKEN_BACK:
        return Reply(say(request.locale, "membership.taken_back", plan=membership.plan.name))
    if renewal is not Renewal.RESUMED:
        return Reply(say(request.locale, "membership.gone"))
    return Reply(say(request.locale, "membership.resumed", plan=membership.plan.name))


COMMANDS = (Command("membership", worded("command.membership"), show, about=About.NO_PLACE),)
ACTIONS = (
    Action("membership", show_all),
    Action("manage", manage, calls_stripe=True),
    Action("cancel", ask_cancel),
    Action("cancel_yes", cancel, calls_stripe=True),
    Action("cancel_no", keep),
    Action("resume", resume, calls_stripe=True),
)

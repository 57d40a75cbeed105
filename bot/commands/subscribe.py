"""`/subscribe` and the "join" buttons: a checkout link, or why there is none."""

from collections.abc import Sequence
from typing import assert_never

from bot.commands import newest_bill
from bot.commands.context import (
    WHICH,
    asker,
    community_of_member,
    complete_sold_plans,
    offer_named,
    one_price_text,
    price_text,
    prices_like,
    targets_text,
    text_of,
)
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.texts import Safe, day, label, lines, listed, moment, money, plain, say, worded
from bot.texts.labels import LABEL_MAX
from payments.core.billing import SubscriptionStatus
from payments.core.calendar import DAY_MS
from payments.core.catalog import Price, PriceKind
from payments.core.ids import PriceId
from payments.flows.billing.portal import standing
from payments.flows.catalog import offers, selling
from payments.flows.catalog.offers import Offer
from payments.flows.checkout import banned
from payments.flows.checkout.subscribe import AlreadyMember, CheckoutLink, ChoosePrice, Completing, NotSold, PriceLost
from payments.flows.runtime.context import AppContext
from payments.flows.views import membership
from payments.flows.views.membership import Membership
from payments.ports.chat import ActionButton, LinkButton

TO_PAY = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.INCOMPLETE)


async def subscribe(app: AppContext, request: Request) -> Reply:
    """`/subscribe plan`."""
    community = await community_of_member(app, request)
    if community is None:
        return Reply(say(request.locale, "plans.none_admin" if request.admin else "plans.none"))
    offer = await offer_named(app, request, community)
    if text_of(request, "which") is None:
        return await _link(app, request, offer, None)
    found = prices_like(request, offer)
    if len(found) == 1:
        return await _link(app, request, offer, found[0].id)
    return await _link(app, request, offer, None, unclear=found or offer.prices)


async def join(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The "join" button of `/plans`; it works only where the plan is sold."""
    community = await community_of_member(app, request)
    offer = await offers.find(app, community.id, arguments[0]) if community and arguments else None
    if offer is None:
        return Reply(say(request.locale, "refused.plan_unknown"))
    return await _link(app, request, offer, None)


async def buy(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button of a price; it works while the plan is sold at it here."""
    community = await community_of_member(app, request)
    price_id = "".join(arguments)
    offer = await offers.of_price(app, community.id, price_id) if community else None
    if offer is None:
        return Reply(say(request.locale, "refused.plan_unknown"))
    return await _link(app, request, offer, PriceId(price_id))


def _ask(request: Request, key: str, offer: Offer, prices: Sequence[Price]) -> Reply:
    """A sentence that asks for a price, with a button for each."""
    buttons = tuple(
        ActionButton(plain(one_price_text(request.locale, price, offer.prices), LABEL_MAX), f"buy:{price.id}")
        for price in prices
    )
    return Reply(say(request.locale, key, plan=offer.plan.name), buttons)


async def _link(
    app: AppContext, request: Request, offer: Offer, price_id: PriceId | None, *, unclear: Sequence[Price] = ()
) -> Reply:
    """A link to pay; or, of the prices between which it is `unclear`, a question."""
    locale, plan, now = request.locale, offer.plan, app.business.now()
    person_id = await asker(app, request)
    if request.identity.platform not in app.settings.sells_on:
        return Reply(say(locale, "subscribe.redeem_only", plan=plan.name))
    barred = await banned.barred_from(app, person_id, offer.offered)
    if barred is not None:
        return Reply(say(locale, "subscribe.banned", plan=plan.name, chat=barred.name))
    on_sale = [price for price in unclear or offer.prices if offer.sold and not price.over(now)]
    if unclear and on_sale:
        return _ask(request, "subscribe.which", offer, on_sale)
    trial_days = await offers.trial_days_for(app, offer, request.identity)
    outcome = await selling.buy(
        app,
        person_id=person_id,
        plan_id=plan.id,
        name=request.name,
        account=request.identity,
        price_id=price_id,
    )
    match outcome:
        case CheckoutLink() as link:
            had = await membership.of_person(app, person_id, plan.community_id)
            beside = _beside(request, offer, link.price, had)
            days = trial_days if link.price.kind is PriceKind.RECURRING else 0
            return _shown(request, offer, link, days, now, beside)
        case ChoosePrice(prices=prices):
            return _ask(request, "subscribe.choose", offer, prices)
        case NotSold.PRICE_ENDED if on_sale:
            return _ask(request, "subscribe.price_ended", offer, on_sale)
        case AlreadyMember(status=SubscriptionStatus.UNPAID, subscription_id=subscription_id):
            pays = subscription_id is not None and subscription_id in (await standing(app, request.identity)).pays
            text = say(locale, "subscribe.unpaid" if pays else "subscribe.unpaid_other", plan=plan.name)
            return Reply(text, (newest_bill.button(locale, str(subscription_id), plan.name),) if pays else ())
        case AlreadyMember(status=status):
            key = "subscribe.past_due" if status in TO_PAY else "subscribe.already"
            buttons = () if status is None else (ActionButton(label(locale, "button.manage"), "manage"),)
            return Reply(say(locale, key, plan=plan.name), buttons)
        case NotSold.BROKEN:
            return Reply(say(locale, "subscribe.broken", plan=plan.name))
        case (
            NotSold.UNKNOWN
            | NotSold.ARCHIVED
            | NotSold.NO_PRICE
            | NotSold.PRICE_ENDED
            | NotSold.OVER
            | NotSold.UNSERVED
            | NotSold.WITHDRAWN
            | PriceLost()
        ):
            return Reply(say(locale, "subscribe.not_sold", plan=plan.name))
        case Completing():
            return Reply(say(locale, "subscribe.completing", plan=plan.name))
        case _:
            assert_never(outcome)


def _beside(request: Request, offer: Offer, price: Price, had: Sequence[Membership]) -> Safe:
    """What they have already, so that nobody pays twice without knowing it."""
    if price.kind is PriceKind.FIXED_TIME:
        mine = [m for m in had if m.purchase and m.plan.id == offer.plan.id and (m.open or m.comes_at is not None)]
        until = max((m.entitlement.access_until or 0 for m in mine), default=0)
        return (
            say(request.locale, "subscribe.again", plan=offer.plan.name, day=day(request.locale, until))
            if until
            else Safe("")
        )
    going = [m.plan.name for m in had if m.open and m.subscription and not m.cancelled]
    if price.kind is not PriceKind.RECURRING or not going:
        return Safe("")
    return say(request.locale, "subscribe.both", plans=listed(request.locale, going))


def _shown(request: Request, offer: Offer, link: CheckoutLink, trial_days: int, now: int, beside: Safe) -> Reply:
    """Where to pay, for what, and when; `beside`: what is paid already."""
    locale, plan, price = request.locale, offer.plan, link.price
    amount = money(locale, price.unit_amount, price.currency)
    nothing, first = money(locale, 0, price.currency), day(locale, now + trial_days * DAY_MS)
    text = say(
        locale,
        "subscribe.link_trial" if trial_days else "subscribe.link",
        nothing=nothing,
        amount=amount,
        day=first,
        plan=plan.name,
        price=price_text(locale, price, trial_days),
        targets=targets_text(locale, offer),
        until=moment(locale, link.expires_at),
    )
    used = plan.trial_days and not trial_days and price.kind is PriceKind.RECURRING
    key = "button.start" if trial_days else "button.pay"
    return Reply(
        lines(beside, text, say(locale, "subscribe.no_trial", plan=plan.name) if used else ""),
        (LinkButton(label(locale, key, amount=nothing if trial_days else amount), link.url),),
    )


COMMANDS = (
    Command(
        "subscribe",
        worded("command.subscribe"),
        subscribe,
        options=(
            Option("plan", worded("option.plan"), OptionKind.TEXT, required=True, complete=complete_sold_plans),
            WHICH,
        ),
        about=About.ONE_PLACE,
        calls_stripe=True,
    ),
)
ACTIONS = (
    Action("join", join, calls_stripe=True, about=About.ONE_PLACE),
    Action("buy", buy, calls_stripe=True, about=About.ONE_PLACE),
)

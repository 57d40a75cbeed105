"""`/subscribe` and the "join" buttons: a checkout link, or why there is none."""

from typing import assert_never

from bot.commands.context import asker, community_of_member, complete_plans, offer_named, price_text, targets_text
from bot.commands.model import Action, Command, Option, OptionKind, Reply, Request
from bot.texts import label, lines, moment, money, say, worded
from payments.core.billing import SubscriptionStatus
from payments.core.catalog import PriceKind
from payments.flows.catalog import offers
from payments.flows.catalog.offers import Offer
from payments.flows.checkout import banned
from payments.flows.checkout import subscribe as checkout
from payments.flows.checkout.subscribe import AlreadyMember, CheckoutLink, Completing, NotSold
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, LinkButton

TO_PAY = (SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID, SubscriptionStatus.INCOMPLETE)


async def subscribe(app: AppContext, request: Request) -> Reply:
    """`/subscribe plan`."""
    community = await community_of_member(app, request)
    if community is None:
        return Reply(say(request.locale, "plans.none_admin" if request.admin else "plans.none"))
    return await _link(app, request, await offer_named(app, request, community))


async def join(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The "join" button of `/plans`; it works only where the plan is sold."""
    community = await community_of_member(app, request)
    offer = await offers.find(app, community.id, arguments[0]) if community and arguments else None
    if offer is None:
        return Reply(say(request.locale, "refused.plan_unknown"))
    return await _link(app, request, offer)


async def _link(app: AppContext, request: Request, offer: Offer) -> Reply:
    locale, plan = request.locale, offer.plan
    person_id = await asker(app, request)
    if request.identity.platform not in app.settings.sells_on:
        return Reply(say(locale, "subscribe.redeem_only", plan=plan.name))
    barred = await banned.barred_from(app, person_id, offer.offered)
    if barred is not None:
        return Reply(say(locale, "subscribe.banned", plan=plan.name, chat=barred.name))
    trial_days = await offers.trial_days_for(app, offer, request.identity)
    outcome = await checkout.subscribe(
        app, person_id=person_id, plan_id=plan.id, name=request.name, account=request.identity
    )
    match outcome:
        case CheckoutLink(url=url, expires_at=expires_at):
            assert offer.price is not None, "what has a link has a price"
            text = say(
                locale,
                "subscribe.link",
                plan=plan.name,
                price=price_text(locale, offer.price, trial_days),
                targets=targets_text(locale, offer),
                until=moment(locale, expires_at),
            )
            used = offer.plan.trial_days and not trial_days and offer.price.kind is PriceKind.RECURRING
            text = lines(text, say(locale, "subscribe.no_trial", plan=plan.name) if used else "")
            amount = money(locale, offer.price.amount, offer.price.currency)
            key = "button.start" if trial_days else "button.pay"
            return Reply(text, (LinkButton(label(locale, key, amount=amount), url),))
        case AlreadyMember(status=status):
            key = "subscribe.past_due" if status in TO_PAY else "subscribe.already"
            buttons = () if status is None else (ActionButton(label(locale, "button.manage"), "manage"),)
            return Reply(say(locale, key, plan=plan.name), buttons)
        case NotSold.UNKNOWN | NotSold.ARCHIVED | NotSold.NO_PRICE | NotSold.OVER | NotSold.UNSERVED:
            return Reply(say(locale, "subscribe.not_sold", plan=plan.name))
        case Completing():
            return Reply(say(locale, "subscribe.completing", plan=plan.name))
        case _:
            assert_never(outcome)


COMMANDS = (
    Command(
        "subscribe",
        worded("command.subscribe"),
        subscribe,
        options=(Option("plan", worded("option.plan"), OptionKind.TEXT, required=True, complete=complete_plans),),
        calls_stripe=True,
    ),
)
ACTIONS = (Action("join", join, calls_stripe=True),)

"""`/plan price_add|price_end|prices`: the prices of a plan."""

from bot.commands import price_options
from bot.commands.context import (
    asker,
    community_of_admin,
    complete_plans,
    offer_named,
    price_text,
    provider_words,
)
from bot.commands.handing import must_be_harmless
from bot.commands.model import About, Action, Command, Option, OptionKind, Reply, Request
from bot.texts import label, lines, say, terms_text, worded
from payments.core.catalog import Price, PriceKind, PriceState
from payments.core.changes import terms_of
from payments.core.plan_terms import PlanProblem
from payments.core.rights import Rank
from payments.flows.catalog import offers, plans, prices
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

ENDED_MAX = 10
"""Of the prices that ended, so many are shown."""


async def add(app: AppContext, request: Request) -> Reply:
    """`/plan price_add`."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    offer = await offer_named(app, request, community)
    await must_be_harmless(app, request, offer.targets)
    terms = await price_options.terms_named(app, request, community)
    made = await prices.add_price(app, offer.plan.id, terms, admin, request.key)
    if isinstance(made, plans.PlanRefused):
        return refused(request, made)
    trial_days = made.plan.trial_days if terms.kind is PriceKind.RECURRING else 0
    price = terms_text(request.locale, terms, trial_days)
    return Reply(
        lines(
            say(request.locale, "plan.price_added", plan=made.plan.name, price=price),
            "" if made.on_sale else say(request.locale, "plan.price_not_yet"),
        )
    )


async def preview(app: AppContext, request: Request) -> Reply:
    """The price that `/plan price_add` would add."""
    community = await community_of_admin(app, request, await asker(app, request))
    offer = await offer_named(app, request, community)
    terms = await price_options.terms_named(app, request, community)
    return Reply(
        lines(
            say(request.locale, "preview.plan", plan=offer.plan.name, price=terms_text(request.locale, terms, 0)),
            say(request.locale, "preview.currency", currency=terms.currency.upper()),
        )
    )


def refused(request: Request, why: plans.PlanRefused) -> Reply:
    """Why nothing was changed, and what to do."""
    return Reply(
        say(request.locale, f"problem.plan.{why.reason}", detail=provider_words(request, why.detail)), refused=True
    )


async def show(app: AppContext, request: Request) -> Reply:
    """`/plan prices`: every price, with its state."""
    admin = await asker(app, request)
    offer = await offer_named(app, request, await community_of_admin(app, request, admin))
    found = await offers.prices(app, offer.plan.id)
    now = app.business.now()
    ended = sorted((p for p in found if p.state is PriceState.RETIRED), key=lambda p: (p.created_at, p.id))
    shown = [*(p for p in found if p.state is not PriceState.RETIRED), *reversed(ended[-ENDED_MAX:])]
    rows = [say(request.locale, _state(price, now), price=price_text(request.locale, price)) for price in shown]
    more = say(request.locale, "plan.prices_more", n=ENDED_MAX) if len(ended) > ENDED_MAX else ""
    return Reply(lines(say(request.locale, "plan.prices", plan=offer.plan.name), *rows, more))


def _state(price: Price, now: int) -> str:
    if price.state is PriceState.ACTIVE and price.over(now):
        return "plan.price_state.over"
    return f"plan.price_state.{price.state}"


async def ask_end(app: AppContext, request: Request) -> Reply:
    """`/plan price_end`: asks which."""
    admin = await asker(app, request)
    offer = await offer_named(app, request, await community_of_admin(app, request, admin))
    left = [p for p in await offers.prices(app, offer.plan.id) if p.state is not PriceState.RETIRED]
    on_sale = {terms_of(p) for p in left if p.state is PriceState.ACTIVE}
    found = [p for p in left if p.state is PriceState.ACTIVE or terms_of(p) not in on_sale]  # what moves is one price
    if len(found) < 2:
        return refused(request, plans.PlanRefused(PlanProblem.PRICE_LAST))
    return Reply(
        say(request.locale, "plan.price_end_ask", plan=offer.plan.name),
        tuple(_end_button(request.locale, price) for price in found),
    )


def _end_button(locale: str, price: Price) -> ActionButton:
    text = label(locale, "button.price_end", price=price_text(locale, price))
    return ActionButton(text, f"price_end:{price.id}", danger=True)


async def end(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "end this price"."""
    admin = await asker(app, request)
    community = await community_of_admin(app, request, admin)
    price_id = "".join(arguments)
    offer = await offers.of_price(app, community.id, price_id)
    price = next((p for p in await offers.prices(app, offer.plan.id) if p.id == price_id), None) if offer else None
    if offer is None or price is None:
        return refused(request, plans.PlanRefused(PlanProblem.PRICE_UNKNOWN))
    made = await prices.end_price(app, offer.plan.id, price.id, admin)
    if isinstance(made, plans.PlanRefused):
        return refused(request, made)
    return Reply(say(request.locale, "plan.price_ended", plan=offer.plan.name, price=price_text(request.locale, price)))


_PLAN = Option("plan", worded("option.plan"), OptionKind.TEXT, required=True, complete=complete_plans)

COMMANDS = (
    Command(
        "plan price_add",
        worded("command.plan_price_add"),
        add,
        options=(
            _PLAN,
            price_options.PRICE,
            price_options.PERIOD,
            price_options.CURRENCY,
            price_options.EVERY,
            price_options.UNTIL,
        ),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
        preview=preview,
        calls_stripe=True,
    ),
    Command(
        "plan price_end",
        worded("command.plan_price_end"),
        ask_end,
        options=(_PLAN,),
        about=About.ONE_PLACE,
        rank=Rank.MANAGER,
    ),
    Command(
        "plan prices", worded("command.plan_prices"), show, options=(_PLAN,), about=About.ONE_PLACE, rank=Rank.MANAGER
    ),
)
ACTIONS = (Action("price_end", end, rank=Rank.MANAGER),)

"""`/plans`: what can be joined here, each with a button."""

from bot.commands.context import community_of_member, prices_text, targets_text
from bot.commands.model import About, Command, Reply, Request
from bot.texts import Safe, clean, label, lines, listed, say, worded
from payments.flows.catalog.offers import Offer, offers, trial_days_for
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

SHOWN_MAX = 10


async def show(app: AppContext, request: Request) -> Reply:
    """`/plans`."""
    community = await community_of_member(app, request)
    found = await offers(app, community.id) if community else ()
    sold, broken = [offer for offer in found if offer.sold], [offer.plan.name for offer in found if offer.broken]
    away = say(request.locale, "plans.broken", plans=listed(request.locale, broken[:SHOWN_MAX])) if broken else ""
    if community is None or not sold:
        return Reply(away or say(request.locale, "plans.none_admin" if request.admin else "plans.none"))
    shown, sells = sold[:SHOWN_MAX], request.identity.platform in app.settings.sells_on
    how = "plans.how" if len(sold) == len(shown) else "plans.more"
    text = "\n\n".join(
        (
            say(request.locale, "plans.title", community=community.name),
            *[await _told(app, request, offer) for offer in shown],
            *([away] if away else []),
            say(request.locale, how if sells else "plans.redeem_only"),
        )
    )
    buttons = tuple(
        ActionButton(label(request.locale, "button.join", plan=offer.plan.name), f"join:{offer.plan.id}")
        for offer in shown
    )
    return Reply(text, buttons if sells else ())


async def _told(app: AppContext, request: Request, offer: Offer) -> Safe:
    """A plan in a few lines: name, prices with the free days that the asker would get, description, what it opens."""
    locale = request.locale
    open_ones = [price for price in offer.prices if not price.over(app.business.now())]
    price = prices_text(locale, open_ones or offer.prices, await trial_days_for(app, offer, request.identity))
    return lines(
        say(locale, "plans.line", plan=offer.plan.name, price=price),
        clean(offer.plan.description, 500) if offer.plan.description else "",
        say(locale, "plans.opens", targets=targets_text(locale, offer)) if offer.offered else "",
    )


COMMANDS = (Command("plans", worded("command.plans"), show, about=About.ONE_PLACE),)

"""The button "pay the newest bill": the way back into a subscription that is unpaid."""

from typing import assert_never

from bot.commands.context import asker
from bot.commands.model import Action, Reply, Request
from bot.texts import label, money, say
from payments.core.ids import SubscriptionId
from payments.flows.billing import newest_bill as bills
from payments.flows.billing.newest_bill import NothingToPay, ToPay
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, LinkButton


def button(locale: str, subscription_id: str, plan: str) -> ActionButton:
    """The button under what tells of an unpaid subscription."""
    return ActionButton(label(locale, "button.newest_bill", plan=plan), f"newest_bill:{subscription_id}")


async def show(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """A link to pay it, or why there is none."""
    await asker(app, request)
    found = await bills.newest_bill(app, request.identity, SubscriptionId("".join(arguments)))
    match found:
        case ToPay(url=url, amount=amount, currency=currency):
            asked = money(request.locale, amount, currency)
            link = LinkButton(label(request.locale, "button.pay", amount=asked), url)
            return Reply(say(request.locale, "newest_bill.pay", amount=asked), (link,))
        case NothingToPay():
            return Reply(say(request.locale, f"newest_bill.{found}"))
        case _:
            assert_never(found)


ACTIONS = (Action("newest_bill", show, calls_stripe=True),)

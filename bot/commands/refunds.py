"""The button "refund": asks once, with the amount, and gives the money back."""

import logging
import secrets
from typing import assert_never

from bot.commands.context import asker
from bot.commands.model import Action, Reply, Request
from bot.texts import label, money, say
from payments.core.ids import InvoiceId
from payments.flows.billing import refunds
from payments.flows.billing.refunds import NotRefunded, Refundable, Refunded, RefundPending, Refused
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton

log = logging.getLogger(__name__)


async def ask(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "refund"."""
    await asker(app, request)
    bill = InvoiceId("".join(arguments))
    found = await refunds.look(app, request.identity, bill)
    match found:
        case Refundable():
            amount = money(request.locale, found.amount, found.currency)
            member = found.member or say(request.locale, "audit.somebody_else")
            text = say(request.locale, "refund.ask", amount=amount, member=member, sold=found.sold)
            yes = ActionButton(
                label(request.locale, "button.refund_yes", amount=amount), f"refund_yes:{bill}", danger=True
            )
            return Reply(text, (yes,))
        case Refused():
            return _refused(request, found)
        case _:
            assert_never(found)


async def refund(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button "yes, refund"."""
    actor = await asker(app, request)
    done = await refunds.refund(app, request.identity, actor, InvoiceId("".join(arguments)))
    match done:
        case Refunded(amount=amount, currency=currency):
            return Reply(say(request.locale, "refund.done", amount=money(request.locale, amount, currency)))
        case RefundPending():
            return Reply(say(request.locale, "refund.pending"))
        case Refused():
            return _refused(request, done)
        case _:
            assert_never(done)


def _refused(request: Request, refused: Refused) -> Reply:
    """Why not. The provider's own words are for the log."""
    incident = secrets.token_hex(4)
    if refused.why is NotRefunded.REFUSED:
        log.warning("incident %s: a refund by %s: %s", incident, request.identity.user_id, refused.detail)
    number = refused.number or "–"
    return Reply(say(request.locale, f"refund.not.{refused.why}", incident=incident, number=number), refused=True)


ACTIONS = (Action("refund", ask, calls_stripe=True), Action("refund_yes", refund, calls_stripe=True))

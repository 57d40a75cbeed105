"""The button "keep access until …": a bill was taken back unpaid, and the team says whether access is kept.

It is pressed under a private message, or under `/member`; who may is asked where the answer is stored.
"""

from bot.commands.context import asker
from bot.commands.model import Action, Reply, Request
from bot.texts import asked_text, clean, day, keep_button, lines, say
from payments.core.ids import AccountId, SubscriptionId
from payments.core.rights import Rank
from payments.flows.billing import kept_access
from payments.flows.billing.kept_access import Kept, NotKept, Question
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Button


def told(locale: str, questions: tuple[Question, ...]) -> tuple[str, tuple[Button, ...]]:
    """What waits for an answer, for who looks at a member, and the buttons that give it."""
    params = [
        {
            "plan": one.plan.name,
            "how": one.asked.how.value,
            "amount": one.amount,
            "currency": one.subscription.currency,
            "ends_at": one.asked.ends_at,
            "until": one.asked.until,
            "subscription": one.subscription.id,
            "account": one.subscription.account_id,
        }
        for one in questions
    ]
    text = lines(*(asked_text(locale, "member.asked", one, plan=str(one["plan"])) for one in params))
    return text, tuple(keep_button(locale, one) for one in params)


async def keep(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    """The button: what came of it, in words."""
    admin, locale = await asker(app, request), request.locale
    if len(arguments) != 2:
        return Reply(say(locale, "error.unknown_action"))
    subscription_id, account_id = SubscriptionId(arguments[0]), AccountId(arguments[1])
    outcome = await kept_access.keep(app, request.identity, account_id, subscription_id, actor=admin)
    if isinstance(outcome, NotKept):
        return Reply(say(locale, f"keep.{outcome}"), refused=True)
    return Reply(_kept(locale, outcome))


def _kept(locale: str, kept: Kept) -> str:
    member = say(locale, "audit.somebody") if kept.member is None else clean(kept.member)
    if kept.until is None:
        return say(locale, "keep.done_open", member=member, plan=kept.plan)
    return say(locale, "keep.done", member=member, plan=kept.plan, day=day(locale, kept.until))


ACTIONS = (Action("keep", keep, rank=Rank.NONE),)

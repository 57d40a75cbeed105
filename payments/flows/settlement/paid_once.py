"""One payment for a plan of ours by somebody who is not here: by a Payment Link, or a checkout made past us.

Nothing says who paid, so the contact is told of it, once, in the commit that files the event.
"""

from dataclasses import dataclass

from payments.core.ids import AccountId
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.ports.providers import PaidOnce, ProviderEvent
from payments.ports.stores import Transaction

PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})


@dataclass(frozen=True, slots=True)
class OfAStranger:
    """What a session was paid for, and on which account."""

    account_id: AccountId
    session_id: str
    paid: PaidOnce


async def look(app: AppContext, account_id: AccountId, event: ProviderEvent) -> OfAStranger | None:
    """The payment that an event tells of, if it was one payment and is made. Raises as the provider does."""
    if event.type not in PAID or event.object_id is None:
        return None
    paid = await app.provider(account_id).checkouts.paid_once(event.object_id)
    return None if paid is None else OfAStranger(account_id, event.object_id, paid)


async def tell(app: AppContext, tx: Transaction, found: OfAStranger) -> bool:
    """Tell the contacts of the communities whose plans were paid for; False: there is nothing to tell."""
    told = False
    prices = await tx.plans.prices_at_provider(found.account_id, sorted(found.paid.sells))
    for plan_id in sorted({price.plan_id for price in prices}):
        plan = await tx.plans.get(plan_id)
        community = None if plan is None else await tx.communities.get(plan.community_id)
        if plan is None or community is None:
            continue
        amount = {"amount": found.paid.amount, "currency": found.paid.currency}
        params = {"plan": plan.name, "community": community.name, **amount}
        key = f"paid_once_by_nobody:{found.account_id}:{found.session_id}:{plan_id}"
        now = app.business.now()
        told |= await enqueue_contact_notice(tx, now, community, "paid_once_by_nobody", key, params)
    return told

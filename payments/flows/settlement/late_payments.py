"""Money that opens nothing is never kept in silence: whoever paid it and the community's contact are told, once."""

from payments.core.billing import Customer
from payments.core.community import Platform
from payments.core.late import LateNews
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.flows.settlement.refunds import CLOCKS_MS
from payments.ports.stores import Transaction


async def tell_late_payments(
    app: AppContext, tx: Transaction, customer: Customer, news: tuple[LateNews, ...], side: Platform | None
) -> bool:
    """Tell of payments that came too late; whether there is anything to send. `side`: where the payer hears of bills.

    What was paid before we had the customer (an imported history, a lost database) is no news.
    """
    if not news:
        return False
    since_at = await tx.customers.known_since(customer.id) - CLOCKS_MS
    told = False
    for one in news:
        paid_at = one.payment.bill.paid_at
        if paid_at is not None and paid_at >= since_at:
            told |= await _tell(app, tx, one, side)
    return told


async def _tell(app: AppContext, tx: Transaction, news: LateNews, side: Platform | None) -> bool:
    late, now = news.payment, app.business.now()
    bill, subscription = late.bill, late.subscription
    plan = await tx.plans.get(late.plan_id)
    community = None if plan is None else await tx.communities.get(plan.community_id)
    if plan is None or community is None:
        return False
    key = f"late_payment:{bill.account_id}:{bill.id}"
    about: dict[str, object] = {
        "plan": plan.name,
        "community": community.name,
        "amount": late.kept,
        "currency": bill.currency,
        "unpaid": subscription.id if late.unpaid else None,
    }
    mine = about | {
        "again": news.again,
        "sold": bool(await tx.plans.on_sale(plan.id)),
        "team": community.contact_id is not None,
    }
    only = {} if side is None else {"only": side.value}
    told = await enqueue_notice(tx, now, subscription.payer_id, "late_payment", key, mine | only)
    member = await name_in(tx, community.id, subscription.payer_id, side)
    theirs = about | {"member": member, "bill": bill.id}
    return told | await enqueue_contact_notice(tx, now, community, "member_paid_late", f"{key}:contact", theirs)

"""What a bill was for: a plan of ours, or what one of the team billed."""

from dataclasses import dataclass

from payments.core.billing import Invoice
from payments.core.catalog import Plan
from payments.core.ids import CommunityId, PersonId
from payments.flows.runtime.outbox import params_of
from payments.flows.runtime.places import billed_by
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class SoldBill:
    """A bill of ours: of which community, who pays it, and for what. ``plan`` None: a member was billed by hand."""

    invoice: Invoice
    community_id: CommunityId
    payer_id: PersonId
    sold: str
    plan: Plan | None


async def sold_by(tx: Transaction, invoice: Invoice) -> SoldBill | None:
    """What a bill was for; None: for nothing that we sold."""
    customer = await tx.customers.get(invoice.customer_id)
    if customer is None:
        return None
    plan_id = None
    if invoice.subscription_id is not None:
        subscription = await tx.billing.subscription(invoice.account_id, invoice.subscription_id)
        plan_id = None if subscription is None else subscription.plan_id
    elif invoice.purchase_id is not None:
        purchases = await tx.billing.purchases(invoice.customer_id)
        plan_id = next((one.plan_id for one in purchases if one.id == invoice.purchase_id), None)
    plan = None if plan_id is None else await tx.plans.get(plan_id)
    if plan is not None:
        return SoldBill(invoice, plan.community_id, customer.person_id, plan.name, plan)
    request = await tx.requests.bill_of(invoice.account_id, invoice.id)
    if request is None:
        return None
    params = params_of(request)
    return SoldBill(invoice, await billed_by(tx, params), customer.person_id, str(params["what"]), None)

"""Refunds, by the team here or by somebody at Stripe: one line in the audit and one word to the contact for each."""

from collections.abc import Mapping

from payments.core.audit import AuditKind
from payments.core.billing import Invoice, Refund, RefundStatus
from payments.core.changes import Amount, Changes, same
from payments.core.decision import Decision
from payments.core.ids import PlanId
from payments.core.refs import refund_row
from payments.core.state import State
from payments.flows.messages import record_act
from payments.flows.runtime.audit import STRIPE
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import params_of
from payments.flows.runtime.places import billed_by
from payments.ports.stores import RequestState, Transaction

CLOCKS_MS = 60_000
"""Stripe tells whole seconds, and our business time follows it: by so much the two may differ."""

NOT_TOLD = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED, RefundStatus.UNKNOWN})
"""Gave nothing back, or nobody knows whether it did."""


async def tell_refunds(app: AppContext, tx: Transaction, state: State, decision: Decision) -> bool:
    """Write down, and tell the contact, which refunds are new; whether any is.

    New is one that is not stored yet, or was stored before we knew its status or the invoice that it gives back, and
    that was made since we have the customer: what Stripe did before (an imported history, a lost database) is no news.
    """
    stored = {refund.id for refund in state.refunds if refund.status is not RefundStatus.UNKNOWN}
    found = {i.id for i in decision.invoices} - {i.id for i in state.invoices}
    seen = {r.id: r for r in (*state.refunds, *decision.refunds)}.values()
    fresh = [r for r in seen if (r.id not in stored or r.invoice_id in found) and r.status not in NOT_TOLD]
    if not fresh:
        return False
    since_at = await tx.customers.known_since(state.customer.id) - CLOCKS_MS
    invoices = {i.id: i for i in (*state.invoices, *decision.invoices)}
    plans = _plans(state, decision)
    told = False
    for refund in fresh:
        invoice = invoices.get(refund.invoice_id) if refund.invoice_id is not None else None
        if invoice is not None and refund.created_at >= since_at:
            told |= await _tell(app, tx, state, refund, invoice, plans)
    return told


def _plans(state: State, decision: Decision) -> Mapping[str, PlanId | None]:
    """The plans of subscriptions and purchases, by their ids."""
    subscriptions = {str(s.id): s.plan_id for s in (*state.subscriptions, *decision.subscriptions)}
    return subscriptions | {str(p.id): p.plan_id for p in (*state.purchases, *decision.purchases)}


async def _tell(
    app: AppContext,
    tx: Transaction,
    state: State,
    refund: Refund,
    invoice: Invoice,
    plans: Mapping[str, PlanId | None],
) -> bool:
    plan_id = plans.get(str(invoice.purchase_id or invoice.subscription_id))
    plan = None if plan_id is None else await tx.plans.get(plan_id)
    if plan is not None:
        community_id, sold = plan.community_id, plan.name
    else:
        bill = await tx.requests.bill_of(invoice.account_id, invoice.id)
        if bill is None:  # nothing that we sold
            return False
        params = params_of(bill)
        community_id, sold = await billed_by(tx, params), str(params["what"])
    changes: Changes = {
        "sold": same(sold),
        "paid": same(Amount(refund.charge_amount, refund.currency)),
        "refund": (None, Amount(refund.amount, refund.currency)),
    }
    by = await _asked_by(tx, refund)
    return await record_act(
        app,
        tx,
        AuditKind.REFUNDED if by is None else AuditKind.REFUND_MADE,
        changes,
        actor=by or STRIPE,
        community_id=community_id,
        person_id=state.customer.person_id,
        key=f"refund:{refund.account_id}:{refund.id}",
        told=True,
    )


async def _asked_by(tx: Transaction, refund: Refund) -> str | None:
    """Who of the team had it made here; None: it was made at Stripe. It may be seen before its call is answered."""
    asked = await tx.requests.get("refund", refund_row(refund.account_id, refund.charge_id))
    if asked is None or asked.result_id not in (None, refund.id) or asked.state is RequestState.REFUSED:
        return None
    return str(params_of(asked)["by"]) if refund.created_at >= asked.created_at - CLOCKS_MS else None

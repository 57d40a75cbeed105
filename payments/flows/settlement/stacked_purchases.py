"""Purchases of several customers of one person's: their times follow upon each other as those of one customer do.

A person is several customers when persons were merged, or when a plan was sold in another currency. Whatever moves one
purchase moves what follows upon it in the same commit: nobody is out for the moment between.
"""

from collections.abc import Collection

from payments.core import entitlements
from payments.core.billing import CreditNote, Dispute, Invoice, Purchase, PurchaseState, Refund
from payments.core.breaker import Foreseen, end_told
from payments.core.covering.known import Payments
from payments.core.ids import PersonId
from payments.ports.stores import Transaction


async def recompute_periods(tx: Transaction, person_ids: Collection[PersonId], now: int) -> None:
    """Compute again when what these persons have bought begins and ends, from what is stored. All are locked."""
    purchases = await _paid(tx, person_ids)
    customer_ids = sorted({p.customer_id for p in purchases})
    if not purchases:
        return
    invoices: list[Invoice] = []
    refunds: list[Refund] = []
    disputes: list[Dispute] = []
    notes: list[CreditNote] = []
    for customer_id in customer_ids:
        invoices += await tx.billing.invoices(customer_id)
        refunds += await tx.billing.refunds(customer_id)
        disputes += await tx.billing.disputes(customer_id)
        notes += await tx.billing.notes(customer_id)
    plans = {id_: await tx.plans.get(id_) for id_ in sorted({p.plan_id for p in purchases})}
    prices = {id_: await tx.plans.price(id_) for id_ in sorted({p.price_id for p in purchases})}
    held = {e.id: e for e in await tx.entitlements.of(person_ids)}
    found = entitlements.of_purchases(
        purchases,
        {id_: plan for id_, plan in plans.items() if plan is not None},
        {id_: price for id_, price in prices.items() if price is not None},
        Payments({i.id: i for i in invoices}, tuple(refunds), tuple(disputes), tuple(notes)),
        held,
        now,
    )
    for entitlement in found:
        if held.get(entitlement.id) != entitlement:
            await tx.entitlements.put(entitlement)
            told = end_told(entitlement, None) if entitlement.access_from is not None else None
            if told is not None and told[0] > now:
                await tx.entitlements.foresee(entitlement.id, Foreseen(told[0], now, told[1]))


async def _paid(tx: Transaction, person_ids: Collection[PersonId]) -> list[Purchase]:
    """Their paid purchases, each once."""
    rows = {p.id: p for person_id in sorted(person_ids) for p in await tx.billing.purchases_of(person_id)}
    return [p for p in rows.values() if p.state is PurchaseState.PAID and p.beneficiary_id in person_ids]

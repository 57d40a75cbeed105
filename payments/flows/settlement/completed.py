"""Checkout links that led to something: each is complete, and what was paid otherwise than it is sold now is told."""

from collections.abc import Iterable
from dataclasses import replace

from payments.core.billing import Checkout, CheckoutState
from payments.core.catalog import Price, PriceState, way_of
from payments.core.ids import CheckoutId
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.runtime.names import name_in
from payments.flows.runtime.outbox import params_of
from payments.ports.stores import Transaction


async def complete(tx: Transaction, checkout_ids: Iterable[CheckoutId], now: int) -> bool:
    """Checkout links that led to something are complete; who paid on one that had ended is told that it counts."""
    added = False
    for checkout_id in checkout_ids:
        checkout = await tx.checkouts.get(checkout_id)
        if checkout is None or checkout.state is CheckoutState.COMPLETE:
            continue
        await tx.checkouts.update(replace(checkout, state=CheckoutState.COMPLETE))
        added |= await _tell_old_price(tx, checkout, now)
        if checkout.state is not CheckoutState.EXPIRED:
            continue
        plan = await tx.plans.get(checkout.plan_id)
        community = None if plan is None else await tx.communities.get(plan.community_id)
        if plan is not None and community is not None:
            params = {"plan": plan.name, "community": community.name}
            added |= await enqueue_notice(
                tx, now, checkout.payer_id, "checkout_paid_late", f"paid_late:{checkout_id}", params
            )
    return added


async def _tell_old_price(tx: Transaction, checkout: Checkout, now: int) -> bool:
    """A link of an earlier price could not be ended in time and was paid: the contact hears of it."""
    plan = await tx.plans.get(checkout.plan_id)
    community = None if plan is None else await tx.communities.get(plan.community_id)
    paid = await tx.plans.price(checkout.price_id)
    sold = None if paid is None else await _in_its_place(tx, paid)
    if plan is None or community is None or paid is None or sold is None:
        return False
    if (sold.unit_amount, sold.currency) == (paid.unit_amount, paid.currency):
        return False
    params = {
        "plan": plan.name,
        "community": community.name,
        "member": await name_in(tx, community.id, checkout.payer_id),
        "amount": paid.unit_amount,
        "currency": paid.currency,
        "now": sold.unit_amount,
        "now_currency": sold.currency,
    }
    return await enqueue_contact_notice(tx, now, community, "paid_old_price", f"paid_old_price:{checkout.id}", params)


async def _in_its_place(tx: Transaction, price: Price) -> Price | None:
    """The price on sale that has replaced this one; None while it is on sale itself, or where it just ended."""
    if price.state is PriceState.ACTIVE:
        return None
    for sold in await tx.plans.on_sale(price.plan_id):
        request = await tx.requests.get("price", sold.id)
        of_old = [price.id] if price.created_at <= sold.created_at else []  # when a plan had one price
        replaced = [] if request is None else params_of(request).get("replaces", of_old)
        if way_of(sold) == way_of(price) or price.id in replaced:
            return sold
    return None

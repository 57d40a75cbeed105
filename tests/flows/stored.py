"""Rows as a settlement leaves them, for tests that begin after one."""

from dataclasses import replace
from typing import Any

from payments.core.billing import Subscription, SubscriptionStatus
from payments.core.catalog import Plan
from payments.core.ids import PersonId
from payments.core.snapshot import SubscriptionFact
from payments.flows.runtime.context import AppContext


async def store_subscription(
    app: AppContext, fact: SubscriptionFact, plan: Plan, person: PersonId, **changes: Any
) -> Subscription:
    """The stored row of a fetched subscription, with some of it otherwise."""
    async with app.store.transaction() as tx:
        (customer,) = await tx.customers.of_person(person)
        prices = await tx.plans.on_sale(plan.id)
        row = Subscription(
            account_id=app.first_account.id,
            id=fact.id,
            customer_id=customer.id,
            payer_id=person,
            beneficiary_id=person,
            plan_id=plan.id,
            price_id=prices[0].id if prices else None,
            status=fact.status,
            currency=fact.currency,
            unit_amount=fact.unit_amount,
            quantity=fact.quantity,
            unit=fact.unit,
            count=fact.count,
            items=fact.items,
            discounts=fact.discounts,
            collection_method=fact.collection_method,
            pause_behavior=fact.pause_behavior,
            cancel_at=fact.cancel_at,
            trial_end_at=fact.trial_end_at,
            period_start_at=fact.period_start_at,
            period_end_at=fact.period_end_at,
            latest_invoice_id=fact.latest_invoice_id,
            past_due_since_at=None,
            paid_once=True,
            started_at=fact.started_at,
            ended_at=fact.ended_at,
        )
        if "status" in changes:
            changes["status"] = SubscriptionStatus(changes["status"])
        row = replace(row, **changes)
        await tx.billing.put_subscription(row)
    return row

"""What a person has of a community's plans, who pays, and the bills: what is told of somebody rests on these."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from payments.core.access import Access, Entitlement, Reason, Source, reason_at
from payments.core.bill_states import BillTold, told
from payments.core.billing import Invoice, Subscription
from payments.core.catalog import Plan
from payments.core.community import Platform
from payments.core.covering.known import Payments, known_of, terms_of
from payments.core.covering.paid import paid_until
from payments.core.covering.want import wanting
from payments.core.ids import CustomerId, PersonId, PlanId
from payments.core.selling import KnownPrices, named_in, sells
from payments.flows.runtime.payments import payments_of
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class Ground:
    """An entitlement that names a target: what it says and who pays.

    `gift`: somebody else does; `payer` is their name on the platform where it is asked, if they are there. Of a
    subscription, `paid_until` is the end of what its bills paid for (None: nothing from now on), and `failed_at` the
    failure since which a payment is wanting. `closed_at`: when it no longer opened, as far as it is known.
    """

    entitlement: Entitlement
    plan: Plan
    gift: bool
    payer: str | None
    subscription: Subscription | None
    open: bool
    reason: Reason
    paid_until: int | None = None
    failed_at: int | None = None
    closed_at: int | None = None


@dataclass(frozen=True, slots=True)
class PlanBill:
    """A bill for a plan, with what became of it."""

    plan: Plan
    bill: BillTold


@dataclass(frozen=True, slots=True)
class Paying:
    """How a person's memberships are paid: the payments of each customer concerned, and which bills are for which of
    the plans that were asked about."""

    payments: Mapping[CustomerId, Payments]
    bills: tuple[PlanBill, ...]


async def paying(tx: Transaction, person_id: PersonId, plans: Mapping[PlanId, Plan]) -> Paying:
    """Everything that was billed for these plans to the person, or for them by somebody else; the newest first."""
    sold: dict[str, PlanId | None] = {str(s.id): s.plan_id for s in await tx.billing.subscriptions_of(person_id)}
    customers = {s.customer_id for s in await tx.billing.subscriptions_of(person_id)}
    for purchase in await tx.billing.purchases_of(person_id):
        sold[str(purchase.id)] = purchase.plan_id
        customers.add(purchase.customer_id)
    payments = {customer_id: await payments_of(tx, customer_id) for customer_id in sorted(customers)}
    bills: list[PlanBill] = []
    for known in payments.values():
        for invoice in known.invoices.values():
            plan = plans.get(sold.get(str(invoice.purchase_id or invoice.subscription_id)) or PlanId(""))
            if plan is not None:
                bills.append(PlanBill(plan, told(invoice, known)))
    return Paying(payments, tuple(sorted(bills, key=_newest, reverse=True)))


def _newest(line: PlanBill) -> tuple[int, str]:
    invoice: Invoice = line.bill.invoice
    return invoice.created_at, invoice.id


async def grounds_of(
    tx: Transaction,
    person_id: PersonId,
    plans: Mapping[PlanId, Plan],
    now: int,
    platform: Platform,
    accesses: Sequence[Access],
    paid: Paying,
) -> tuple[Ground, ...]:
    """The person's entitlements of these plans, those that open first, then the newest."""
    subscriptions = {str(s.id): s for s in await tx.billing.subscriptions_of(person_id)}
    found: list[Ground] = []
    for line in await tx.entitlements.of([person_id]):
        if line.plan_id not in plans:
            continue
        plan = plans[line.plan_id]
        gift = line.payer_id != person_id and line.source is not Source.COMP
        subscription = subscriptions.get(line.source_id) if line.source is Source.SUBSCRIPTION else None
        until, failed_at = (None, None) if subscription is None else await _paid(tx, subscription, plan, paid, now)
        found.append(
            Ground(
                entitlement=line,
                plan=plan,
                gift=gift,
                payer=await _name_on(tx, line.payer_id, platform) if gift else None,
                subscription=subscription,
                open=line.opens(now),
                reason=reason_at(line, now),
                paid_until=until,
                failed_at=failed_at,
                closed_at=_closed_at(line, accesses, now),
            )
        )
    return tuple(sorted(found, key=lambda g: (not g.open, -g.entitlement.began_at)))


async def _paid(
    tx: Transaction, subscription: Subscription, plan: Plan, paid: Paying, now: int
) -> tuple[int | None, int | None]:
    """Until when a subscription's bills paid for its plan, and the failure since which a payment is wanting."""
    payments = paid.payments[subscription.customer_id]
    known = known_of(subscription, payments)
    named = named_in([subscription], payments.of(subscription))
    prices = KnownPrices.of(await tx.plans.prices_at_provider(subscription.account_id, sorted(named)))
    of_plan = sells(plan.id, subscription.items, prices)
    failures = wanting(known, terms_of(plan), now, of_plan)
    until = paid_until(known, of_plan)
    failed_at = min(failures.values(), default=subscription.past_due_since_at)
    return until if until is not None and until > now else None, failed_at


def _closed_at(line: Entitlement, accesses: Sequence[Access], now: int) -> int | None:
    """When an entitlement stopped opening: at its end; else when what it last opened was no longer wanted."""
    if line.opens(now):
        return None
    if line.access_from is not None:
        return line.access_until if line.access_until is not None and line.access_until <= now else None
    return max((a.wanted_at for a in accesses if a.entitlement_id == line.id and not a.wanted), default=None)


async def _name_on(tx: Transaction, person_id: PersonId, platform: Platform) -> str | None:
    """What somebody is called there; another platform's name is nobody's business here."""
    accounts = await tx.person_merges.accounts(person_id)
    return next((account.name for account in accounts if account.identity.platform is platform), None)

"""What a wish can be offered: the plan, its price, and what the person has or paid for already, read in one commit."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.access import Source
from payments.core.billing import (
    ENDED_STATUSES,
    Checkout,
    Customer,
    PurchaseState,
    Subscription,
    SubscriptionStatus,
)
from payments.core.catalog import Plan, PlanState, Price, PriceKind, in_order
from payments.core.community import Identity
from payments.core.ids import AccountId, PersonId, PlanId, PriceId, PurchaseId, SubscriptionId
from payments.core.selling import KnownPrices, named_in, plans_of
from payments.flows import endings
from payments.flows.checkout.sessions import CheckoutLink as CheckoutLink
from payments.flows.checkout.sessions import Completing as Completing
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.origins import origin_of, users_of
from payments.flows.runtime.sales import opens
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class AlreadyMember:
    """The plan is theirs, or would be once they pay what is open (`past_due`, `unpaid`, `incomplete`).

    ``subscription_id`` None: bought once, for good or until a date.
    """

    subscription_id: SubscriptionId | None
    status: SubscriptionStatus | None


class NotSold(StrEnum):
    """Why nobody can buy this now."""

    UNKNOWN = "unknown"
    ARCHIVED = "archived"
    NO_PRICE = "no_price"  # Stripe has not confirmed its price yet, or refused it
    PRICE_ENDED = "price_ended"  # the price that was asked for is not one of the plan's, or not any more
    OVER = "over"  # its fixed date has passed
    UNSERVED = "unserved"  # what it opens lies where the bot serves no longer
    BROKEN = "broken"  # something that it opens can't be opened for anybody just now
    WITHDRAWN = "withdrawn"  # its price, or its product, is archived at the provider; the contact is told


@dataclass(frozen=True, slots=True)
class ChoosePrice:
    """The plan is sold at several prices, and none was named."""

    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants what. ``account``: with which of the person's accounts it is paid; None: they have one alone.

    ``price_id`` None: at the only price there is.
    """

    person_id: PersonId
    account: Identity | None
    plan_id: PlanId
    price_id: PriceId | None
    name: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What is sold, as read in one commit, and the link there is.

    ``known``: the customers at Stripe that they are, and were. ``origins``: themselves, and who was merged into them.
    ``payer``: which of these pays, since each account pays for itself. ``moved``: what they pay and others use.
    ``unsettled``: their one-time purchases that may be paid by now. ``renews``: whether the plan was ever sold by
    subscription. ``spent``: their subscriptions of it whose payment was taken back.
    """

    plan: Plan
    price: Price
    current: Checkout | None
    trial: bool
    known: tuple[Customer, ...]
    origins: frozenset[str]
    payer: PersonId
    moved: frozenset[SubscriptionId]
    unsettled: frozenset[PurchaseId]
    renews: bool
    spent: tuple[Subscription, ...]


async def read_offer(tx: Transaction, app: AppContext, wish: Wish) -> Offer | AlreadyMember | NotSold | ChoosePrice:
    """What there is for this wish, or why there is nothing to sell. Raises `KeyRefused` (see `_asked_about`)."""
    now = app.business.now()
    plan = await tx.plans.get(wish.plan_id)
    if plan is None:
        return NotSold.UNKNOWN
    subscriptions = [s for s in await tx.billing.subscriptions_of(wish.person_id) if await _sells(tx, s, plan.id)]
    running = [s for s in subscriptions if _runs(s, wish.person_id)]
    spent = [s for s in running if await endings.spent(tx, s, plan)]
    member = next((s for s in running if s not in spent), None)
    if member is not None:
        return AlreadyMember(member.id, member.status)
    price = _wanted(await tx.plans.on_sale(plan.id), wish.price_id, now)
    for entitlement in await tx.entitlements.of([wish.person_id]):
        bought = entitlement.source is Source.PURCHASE and entitlement.plan_id == plan.id
        if bought and entitlement.opens(now) and _outlasts(entitlement.access_until, price):
            return AlreadyMember(None, None)
    if plan.state is PlanState.ARCHIVED:
        return NotSold.ARCHIVED
    if isinstance(price, NotSold):
        return price
    opened = await opens(app, tx, plan)
    if not opened.sellable:
        return NotSold.BROKEN if opened.served else NotSold.UNSERVED
    if isinstance(price, ChoosePrice):
        return price
    purchases = await tx.billing.purchases_of(wish.person_id)
    customers = await _asked_about(tx, app, wish.person_id, plan.id, price.account_id)
    payer = None if wish.account is None else await origin_of(tx, wish.account, price.account_id, price.currency)
    users = await users_of(tx, (s for s in subscriptions if s.payer_id == wish.person_id))
    renews = any(one.kind is PriceKind.RECURRING for one in await tx.plans.prices(plan.id))
    trial = price.kind is PriceKind.RECURRING and plan.trial_days > 0 and not subscriptions
    return Offer(
        plan=plan,
        price=price,
        current=await tx.checkouts.current(wish.person_id, plan.id),
        trial=trial and not await tx.trials.had(wish.person_id, plan.id),
        known=await _known(tx, [c for c in customers if c.stripe_id is not None]),  # bought in another currency, too
        origins=frozenset(origin.id for origin in await tx.person_merges.origins(wish.person_id)),
        payer=payer or wish.person_id,
        moved=frozenset(id_ for (_, id_), user in users.items() if user != wish.person_id),
        unsettled=frozenset(p.id for p in purchases if p.plan_id == plan.id and p.state is PurchaseState.OPEN),
        renews=renews,
        spent=tuple(spent),
    )


async def _sells(tx: Transaction, s: Subscription, plan_id: PlanId) -> bool:
    """Whether a subscription sells the plan, be it beside another one."""
    if s.plan_id == plan_id:
        return True
    prices = await tx.plans.prices_at_provider(s.account_id, sorted(named_in([s])))
    return plan_id in plans_of(s.items, KnownPrices.of(prices))


def _wanted(on_sale: Sequence[Price], price_id: PriceId | None, now: int) -> Price | ChoosePrice | NotSold:
    """The price that was named, or the only one that can be bought."""
    if not on_sale:
        return NotSold.NO_PRICE
    meant = in_order(price for price in on_sale if price_id in (None, price.id))
    if not meant:
        return NotSold.PRICE_ENDED
    open_ones = tuple(price for price in meant if not price.over(now))
    if len(open_ones) > 1:
        return ChoosePrice(open_ones)
    return open_ones[0] if open_ones else NotSold.OVER


def _outlasts(until: int | None, price: Price | ChoosePrice | NotSold) -> bool:
    """Whether nothing could be gained by the price beside access until then (None: for good)."""
    return until is None or (isinstance(price, Price) and price.until_at is not None and until >= price.until_at)


async def _asked_about(
    tx: Transaction, app: AppContext, person_id: PersonId, plan_id: PlanId, account_id: AccountId
) -> Sequence[Customer]:
    """The customers who may have bought the plan a moment ago: at its account, and at others where a link was open.

    Raises `KeyRefused` for one that can't be asked: what was paid there is unknown, and nobody is sold a plan twice.
    """
    accounts = {account_id, *await tx.checkouts.unfinished_at(person_id, plan_id)}
    customers = [c for c in await tx.customers.of_person(person_id) if c.stripe_id and c.account_id in accounts]
    for customer in customers:
        app.provider(customer.account_id)
    return customers


async def _known(tx: Transaction, customers: Sequence[Customer]) -> tuple[Customer, ...]:
    """These customers, also under their former ids at Stripe: what was paid there last may not be stored yet."""
    former = await tx.customers.former([c.id for c in customers])
    before = [replace(c, stripe_id=stripe_id) for c in customers for stripe_id in former.get(c.id, ())]
    return (*customers, *before)


def _runs(s: Subscription, person_id: PersonId) -> bool:
    """Whether it has not ended. `past_due`, `paused`, `unpaid`, `incomplete` and the unknown count: they may go on."""
    return s.beneficiary_id == person_id and s.status not in ENDED_STATUSES

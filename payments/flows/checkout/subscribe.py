"""A member subscribes: one link for a plan, never a second subscription of it (invariant 10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.access import Source
from payments.core.billing import (
    ENDED_STATUSES,
    Checkout,
    CheckoutState,
    Customer,
    Purchase,
    PurchaseState,
    SnapshotPart,
    Subscription,
    SubscriptionStatus,
)
from payments.core.catalog import Plan, PlanState, Price, PriceKind, in_order
from payments.core.community import Identity
from payments.core.ids import AccountId, CheckoutId, PersonId, PlanId, PriceId, PurchaseId, SubscriptionId
from payments.core.refs import read
from payments.core.selling import KnownPrices, named_in, of_subscription
from payments.core.snapshot import SubscriptionFact
from payments.flows import endings
from payments.flows.checkout.customers import ensure_customer, replace_deleted
from payments.flows.checkout.sessions import CheckoutLink as CheckoutLink
from payments.flows.checkout.sessions import Completing as Completing
from payments.flows.checkout.sessions import completing, expire, mark_expired, open_link
from payments.flows.checkout.withdrawn import offered_at_provider, tell_withdrawn
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.origins import origin_of, users_of
from payments.flows.runtime.outbox import Deadline, params_of, store_request
from payments.flows.runtime.sales import opens
from payments.ports.providers import Offered, ProviderRefused, ProviderUnavailable, SessionStatus
from payments.ports.stores import ProviderRequest, Transaction

ROUNDS_MAX = 4
"""An old link that is over, another process that was faster: each costs one more round, and no more come to mind."""

LINK_MS_MIN = 10 * 60_000
"""A link that ends sooner is replaced: nobody types a card against the clock."""

SESSION_MS_MIN = 40 * 60_000
"""Stripe refuses a session that would end within 30 minutes."""


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
class PriceLost:
    """The provider has this price no more, as after its test data was deleted: it has to be made again."""

    price: Price


Subscribed = CheckoutLink | AlreadyMember | NotSold | Completing | ChoosePrice | PriceLost


@dataclass(frozen=True, slots=True)
class _Wish:
    """Who wants what. ``account``: with which of the person's accounts it is paid; None: they have one alone.

    ``price_id`` None: at the only price there is.
    """

    person_id: PersonId
    account: Identity | None
    plan_id: PlanId
    price_id: PriceId | None
    name: str


@dataclass(frozen=True, slots=True)
class _Offer:
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


async def subscribe(
    app: AppContext,
    *,
    person_id: PersonId,
    plan_id: PlanId,
    name: str,
    account: Identity | None = None,
    price_id: PriceId | None = None,
) -> Subscribed:
    """A link to pay for a plan; asked again, the same link while it is open.

    A person has one link for a plan: at another price, the one before is ended first, or answered if it was paid.

    `account`: who pays, of a person with two accounts: the other's link and saved card are none of theirs.

    Raises `ProviderUnavailable` when Stripe is slow or down: the next call resumes the same request.
    """
    wish = _Wish(person_id, account, plan_id, price_id, name)
    deadline = Deadline(app)
    for _ in range(ROUNDS_MAX):
        async with app.store.transaction() as tx:
            offer = await _offer(tx, app, wish)
        if not isinstance(offer, _Offer):
            return offer
        answer: Subscribed | None
        customer = None if offer.current is None else await _own(app, offer, offer.current)
        if offer.current is None:
            answer = await _begin(app, wish, offer, deadline)
        elif customer is None:
            answer = await expire(app, offer.current, deadline)
        elif offer.current.state is CheckoutState.PENDING:
            answer = await _resume(app, wish, offer, customer, offer.current, deadline)
        else:
            answer = await _reuse(app, offer, offer.current, deadline)
        if answer is not None:
            return answer
    raise ProviderUnavailable("this checkout is being changed just now", retry_after_ms=2_000, unclear=False)


# -- what is there ---------------------------------------------------------------------------------------------------
async def _offer(tx: Transaction, app: AppContext, wish: _Wish) -> _Offer | AlreadyMember | NotSold | ChoosePrice:
    now = app.business.now()
    plan = await tx.plans.get(wish.plan_id)
    if plan is None:
        return NotSold.UNKNOWN
    subscriptions = [s for s in await tx.billing.subscriptions_of(wish.person_id) if s.plan_id == plan.id]
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
    return _Offer(
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


async def _own(app: AppContext, offer: _Offer, checkout: Checkout) -> Customer | None:
    """A link's customer, if it is of the account that asks: it opens a page with the saved address and card of one.

    None also when the customer was deleted at Stripe, and replaced, since the link was made: nothing can be paid by it.
    """
    async with app.store.transaction() as tx:
        customer = await tx.customers.get(checkout.customer_id)
        request = await tx.requests.get("checkout", checkout.id)
    if customer is None or customer.person_id != offer.payer:
        return None
    return customer if request is None or params_of(request)["customer"] == customer.stripe_id else None


# -- a link that is there --------------------------------------------------------------------------------------------
async def _reuse(app: AppContext, offer: _Offer, checkout: Checkout, deadline: Deadline) -> Subscribed | None:
    """The open link, if Stripe says that it still is one; None when it is over."""
    assert checkout.session_id is not None
    session_id = checkout.session_id
    async with app.store.transaction() as tx:
        request = await tx.requests.get("checkout", checkout.id)
        price = await tx.plans.price(checkout.price_id)
    assert price is not None, "a checkout names a price that is stored"
    checkouts = app.provider(price.account_id).checkouts
    try:
        session = await deadline.of(lambda: checkouts.get(session_id))
    except ProviderRefused as refused:
        if refused.code != "missing_object":
            raise
        await mark_expired(app, checkout, None)  # test data was deleted
        return None
    if session.bought:
        return await completing(app, checkout.customer_id)
    if session.status is SessionStatus.OPEN:
        fresh = session.expires_at - app.business.now() > LINK_MS_MIN
        if fresh and session.url is not None and _on_terms(offer, checkout, request):
            return CheckoutLink(offer.price, session.url, session.expires_at)
        return await expire(app, checkout, deadline)
    await mark_expired(app, checkout, None)
    return None


async def _resume(
    app: AppContext, wish: _Wish, offer: _Offer, customer: Customer, checkout: Checkout, deadline: Deadline
) -> Subscribed | None:
    """A link that was asked for and never answered: ask for the same again, or end it if it is not wanted any more."""
    async with app.store.transaction() as tx:
        request = await tx.requests.get("checkout", checkout.id)
        price = await tx.plans.price(checkout.price_id)
    assert request is not None, "a checkout is stored with its request"
    assert price is not None
    ends_soon = int(params_of(request)["expires_at"]) - app.business.now() < SESSION_MS_MIN
    if _on_terms(offer, checkout, request) and not ends_soon:
        return await _open(app, wish, customer, checkout, price, request, deadline)
    return await expire(app, checkout, deadline)


def _on_terms(offer: _Offer, checkout: Checkout, request: ProviderRequest | None) -> bool:
    """Whether a link sells what is sold now: at this price, and with this trial or none (not everybody gets one)."""
    trial_days = 0 if request is None else int(params_of(request)["trial_days"])
    return checkout.price_id == offer.price.id and trial_days in (0, offer.plan.trial_days)


# -- a new link ------------------------------------------------------------------------------------------------------
async def _begin(app: AppContext, wish: _Wish, offer: _Offer, deadline: Deadline) -> Subscribed | None:
    for spent in offer.spent:  # it would be charged again beside the new one
        await endings.end_spent(app, spent, offer.plan, deadline)
    customer = await ensure_customer(
        app, offer.price.account_id, offer.payer, offer.price.currency, wish.name, deadline
    )
    had_trial, settled = await _ask_stripe(app, offer, deadline)
    if settled is not None:
        return settled
    trial_days = offer.plan.trial_days if offer.trial and not had_trial else 0
    stored = await _store(app, wish, offer, customer, trial_days)
    if stored is None:
        return None
    checkout, request = stored
    return await _open(app, wish, customer, checkout, offer.price, request, deadline)


async def _open(
    app: AppContext,
    wish: _Wish,
    customer: Customer,
    checkout: Checkout,
    price: Price,
    request: ProviderRequest,
    deadline: Deadline,
) -> Subscribed | None:
    """The link; None when it has to start over. A customer that the owner deleted at Stripe gets a successor."""
    try:
        return await open_link(app, checkout, price, request, deadline)
    except ProviderRefused as refused:
        await mark_expired(app, checkout, None)
        if refused.code == "missing_object" and refused.param == "customer":
            if await replace_deleted(app, customer, wish.name, deadline) is not None:
                return None
            await completing(app, customer.id)  # what goes on here went with the customer: that has to be settled first
            raise ProviderUnavailable("the customer was deleted", retry_after_ms=2_000, unclear=False) from None
        match await offered_at_provider(app, price, deadline):
            case Offered.GONE:
                return PriceLost(price)
            case Offered.ARCHIVED:
                await tell_withdrawn(app, price)
                return NotSold.WITHDRAWN
        raise


async def _ask_stripe(app: AppContext, offer: _Offer, deadline: Deadline) -> tuple[bool, Subscribed | None]:
    """What Stripe says now of these customers and this plan, since a webhook may be on its way, or lost.

    Whether they ever had a subscription of it (a trial is given once), and the answer if they have it already.
    """
    had_one, answer = False, None
    for customer in offer.known:
        try:
            had, answer = await _ask_of(app, offer, customer, deadline)
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                raise
            continue  # it was deleted there, and nothing is left of it
        had_one = had_one or had
        if answer is not None:
            break
    return had_one, answer


async def _ask_of(
    app: AppContext, offer: _Offer, customer: Customer, deadline: Deadline
) -> tuple[bool, Subscribed | None]:
    provider = app.provider(customer.account_id)
    stripe_id = customer.stripe_id
    if stripe_id is None:
        return False, None
    if offer.unsettled:
        sessions = await deadline.of(lambda: provider.checkouts.completed(stripe_id))
        # Also one whose money is still on its way, for days: its link's row is over long before.
        if any(s.bought and read(s.metadata).purchase_id in offer.unsettled for s in sessions):
            return False, await completing(app, customer.id)
    if not offer.renews:
        return False, None
    snapshot = await deadline.of(lambda: provider.snapshot(stripe_id, SnapshotPart.SUBSCRIPTIONS))
    theirs = [f for f in snapshot.subscriptions or () if _is_theirs(f, offer)]
    sold = await _sold(app, customer, theirs)
    had_one = any(offer.plan.id in (f.refs.plan_id, sold[f.id]) for f in theirs)
    spent = {s.id for s in offer.spent}
    going_on = [f for f in theirs if f.id not in spent and f.status not in ENDED_STATUSES]
    running = next((f for f in going_on if sold[f.id] == offer.plan.id), None)
    if running is None:
        return had_one, None
    settled = await completing(app, customer.id)
    if running.status in (SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING):
        return had_one, settled
    return had_one, AlreadyMember(running.id, running.status)


def _is_theirs(fact: SubscriptionFact, offer: _Offer) -> bool:
    """Whether they use it: it was bought for them, and not handed over to somebody else since."""
    used_by = fact.refs.beneficiary_id
    return (used_by is None or used_by in offer.origins) and fact.id not in offer.moved


async def _sold(
    app: AppContext, customer: Customer, facts: Sequence[SubscriptionFact]
) -> Mapping[SubscriptionId, PlanId | None]:
    """The plans that these subscriptions sell, as a settlement would have it."""
    if not facts:
        return {}
    async with app.store.transaction() as tx:
        known = KnownPrices.of(await tx.plans.prices_at_provider(customer.account_id, sorted(named_in(facts))))
        stored = {s.id: s for s in await tx.billing.drifted(customer.account_id, [fact.id for fact in facts])}
        named = {fact.id: await tx.plans.price(fact.refs.price_id) for fact in facts if fact.refs.price_id is not None}
    return {fact.id: of_subscription(fact, known, stored.get(fact.id), named.get(fact.id)).plan_id for fact in facts}


async def _store(
    app: AppContext, wish: _Wish, offer: _Offer, customer: Customer, trial_days: int
) -> tuple[Checkout, ProviderRequest] | None:
    """Our rows first: link, purchase and request in one commit. None when somebody else was faster."""
    now = app.business.now()
    checkout = Checkout(
        id=CheckoutId(new_id("chk")),
        payer_id=wish.person_id,
        beneficiary_id=wish.person_id,
        plan_id=offer.plan.id,
        price_id=offer.price.id,
        customer_id=customer.id,
        state=CheckoutState.PENDING,
        session_id=None,
        url=None,
        expires_at=now + app.settings.checkout_ttl_ms,
        created_at=now,
    )
    purchase = None if offer.price.kind is PriceKind.RECURRING else _purchase(checkout, offer.price)
    public = app.settings.public_url.rstrip("/")
    params = {
        "customer": customer.stripe_id,
        "trial_days": trial_days,
        "success_url": f"{public}/paid?checkout={checkout.id}",
        "cancel_url": f"{public}/cancelled?checkout={checkout.id}",
        "expires_at": checkout.expires_at,
        "metadata": app.refs.checkout(checkout, offer.payer, purchase.id if purchase else None, wish.account),
    }
    async with app.store.transaction() as tx:
        meant = await tx.identities.lock([wish.person_id])
        if meant[wish.person_id] != wish.person_id:  # merged with another a moment ago, who may have the plan
            return None
        again = await _offer(tx, app, wish)
        if (
            not isinstance(again, _Offer)
            or again.payer != offer.payer
            or again.price.id != offer.price.id
            or again.plan.trial_days != offer.plan.trial_days
            or not await tx.checkouts.add(checkout)
        ):
            return None
        if purchase is not None:
            await tx.billing.put_purchase(purchase)
        return checkout, await store_request(tx, app, offer.price.account_id, "checkout", checkout.id, params)


def _purchase(checkout: Checkout, price: Price) -> Purchase:
    return Purchase(
        id=PurchaseId(new_id("pur")),
        checkout_id=checkout.id,
        account_id=price.account_id,
        customer_id=checkout.customer_id,
        payer_id=checkout.payer_id,
        beneficiary_id=checkout.beneficiary_id,
        plan_id=checkout.plan_id,
        price_id=price.id,
        total=price.unit_amount,
        currency=price.currency,
        state=PurchaseState.OPEN,
        invoice_id=None,
        paid_at=None,
        created_at=checkout.created_at,
    )

"""A member subscribes: one link for a plan, never a second subscription of it (invariant 10)."""

from dataclasses import dataclass

from payments.core.billing import (
    Checkout,
    CheckoutState,
    Customer,
    Purchase,
    PurchaseState,
)
from payments.core.catalog import Price, PriceKind
from payments.core.community import Identity
from payments.core.ids import CheckoutId, PersonId, PlanId, PriceId, PurchaseId
from payments.flows import endings
from payments.flows.checkout.asking import ask_provider
from payments.flows.checkout.customers import ensure_customer, replace_deleted
from payments.flows.checkout.offer import AlreadyMember as AlreadyMember
from payments.flows.checkout.offer import ChoosePrice as ChoosePrice
from payments.flows.checkout.offer import NotSold as NotSold
from payments.flows.checkout.offer import Offer, Wish, read_offer
from payments.flows.checkout.sessions import CheckoutLink as CheckoutLink
from payments.flows.checkout.sessions import Completing as Completing
from payments.flows.checkout.sessions import completing, expire, mark_expired, open_link
from payments.flows.checkout.withdrawn import offered_at_provider, tell_withdrawn
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.outbox import Deadline, params_of, store_request
from payments.ports.providers import Offered, ProviderRefused, ProviderUnavailable, SessionStatus
from payments.ports.stores import ProviderRequest

ROUNDS_MAX = 4
"""An old link that is over, another process that was faster: each costs one more round, and no more come to mind."""

LINK_MS_MIN = 10 * 60_000
"""A link that ends sooner is replaced: nobody types a card against the clock."""

SESSION_MS_MIN = 40 * 60_000
"""Stripe refuses a session that would end within 30 minutes."""


@dataclass(frozen=True, slots=True)
class PriceLost:
    """The provider has this price no more, as after its test data was deleted: it has to be made again."""

    price: Price


Subscribed = CheckoutLink | AlreadyMember | NotSold | Completing | ChoosePrice | PriceLost


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
    wish = Wish(person_id, account, plan_id, price_id, name)
    deadline = Deadline(app)
    for _ in range(ROUNDS_MAX):
        async with app.store.transaction() as tx:
            offer = await read_offer(tx, app, wish)
        if not isinstance(offer, Offer):
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


async def _own(app: AppContext, offer: Offer, checkout: Checkout) -> Customer | None:
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
async def _reuse(app: AppContext, offer: Offer, checkout: Checkout, deadline: Deadline) -> Subscribed | None:
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
    app: AppContext, wish: Wish, offer: Offer, customer: Customer, checkout: Checkout, deadline: Deadline
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


def _on_terms(offer: Offer, checkout: Checkout, request: ProviderRequest | None) -> bool:
    """Whether a link sells what is sold now: at this price, and with this trial or none (not everybody gets one)."""
    trial_days = 0 if request is None else int(params_of(request)["trial_days"])
    return checkout.price_id == offer.price.id and trial_days in (0, offer.plan.trial_days)


# -- a new link ------------------------------------------------------------------------------------------------------
async def _begin(app: AppContext, wish: Wish, offer: Offer, deadline: Deadline) -> Subscribed | None:
    for spent in offer.spent:  # it would be charged again beside the new one
        await endings.end_spent(app, spent, deadline)
    customer = await ensure_customer(
        app, offer.price.account_id, offer.payer, offer.price.currency, wish.name, deadline
    )
    had_trial, settled = await ask_provider(app, offer, deadline)
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
    wish: Wish,
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


async def _store(
    app: AppContext, wish: Wish, offer: Offer, customer: Customer, trial_days: int
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
        again = await read_offer(tx, app, wish)
        if (
            not isinstance(again, Offer)
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

"""A checkout link: made once at Stripe, found again, ended."""

import asyncio
from dataclasses import dataclass, replace

from payments.core.billing import Checkout, CheckoutState, SnapshotPart
from payments.core.catalog import Price
from payments.core.ids import CheckoutId, CustomerId, CustomerRef, PlanId, PriceId
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import CreateCall, Deadline, Params, execute, look_up, params_of, store_request
from payments.flows.runtime.sales import prices_sold
from payments.ports.providers import (
    CheckoutOrder,
    Checkouts,
    CheckoutSession,
    ObjectKind,
    PaymentProvider,
    ProviderRefused,
    ProviderUnavailable,
    SessionStatus,
)
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

UNSOLD_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class CheckoutLink:
    """Where to pay, for what price, and until when."""

    price: Price
    url: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Completing:
    """It was paid just now; the membership follows within moments."""


async def resolve_abandoned(app: AppContext, checkout_id: CheckoutId) -> None:
    """A link that nobody waits for: kept if Stripe made it after all, so that the next `subscribe` answers with it."""
    async with app.store.transaction() as tx:
        checkout = await tx.checkouts.get(checkout_id)
        request = await tx.requests.get("checkout", checkout_id)
        price = await tx.plans.price(checkout.price_id) if checkout else None
    if checkout is None or request is None or price is None or checkout.state is not CheckoutState.PENDING:
        return
    found = await find_session(app.provider(price.account_id), checkout, params_of(request))
    if found is not None and found.status is not SessionStatus.EXPIRED:
        creation = replace(_creation(app, checkout, price), make=_never)
        await execute(app, creation, replace(request, last_error="abandoned"), Deadline(app, hurried=False))
        if found.bought:
            await completing(app, checkout.customer_id)
        return
    await mark_expired(app, checkout, request, only=CheckoutState.PENDING)


async def expire_unsold(app: AppContext, plan_id: PlanId, until: int | None = None) -> None:
    """End a plan's links that are not for what is sold now; and with `until` all that were made up to that moment.

    Who has paid meanwhile has bought it: that counts. Raises the first `ProviderUnavailable` or `ProviderRefused`,
    after all links were tried.
    """
    failed: BaseException | None = None
    after: CheckoutId | None = None
    while True:
        async with app.store.transaction() as tx:
            sold = frozenset[PriceId]() if until is not None else await prices_sold(app, tx, plan_id)
            some = await tx.checkouts.unsold(plan_id, sold, after, UNSOLD_AT_ONCE)
        if not some:
            break
        after = some[-1].id
        unhurried = Deadline(app, hurried=False)
        due = [one for one in some if until is None or one.created_at <= until]
        ended = await asyncio.gather(*(expire(app, one, unhurried) for one in due), return_exceptions=True)
        failed = failed or next((answer for answer in ended if isinstance(answer, BaseException)), None)
    if failed is not None:
        raise failed


async def queue_expiry(tx: Transaction, app: AppContext, checkout: Checkout) -> None:
    """The link is over from this commit on; the worker ends it at Stripe too."""
    await tx.checkouts.update(replace(checkout, state=CheckoutState.EXPIRED))
    price = await tx.plans.price(checkout.price_id)
    assert price is not None, "a checkout names a price that is stored"
    await store_request(tx, app, price.account_id, "link_end", checkout.id, {}, at_once=True)


async def run_expiry(app: AppContext, checkout_id: CheckoutId) -> None:
    """End at Stripe what `queue_expiry` ended here. Who has paid meanwhile has bought it: that counts."""
    async with app.store.transaction() as tx:
        checkout = await tx.checkouts.get(checkout_id)
    if checkout is None:  # forgotten long after it was over
        return
    await expire(app, checkout, Deadline(app, hurried=False))


async def expire(app: AppContext, checkout: Checkout, deadline: Deadline) -> Completing | None:
    """End a link, whether Stripe has made it or not. `Completing`: it was paid, so it stays until that is settled."""
    session_id, request = checkout.session_id, None
    async with app.store.transaction() as tx:
        price = await tx.plans.price(checkout.price_id)
        if session_id is None:
            request = await tx.requests.get("checkout", checkout.id)
    assert price is not None, "a checkout names a price that is stored"
    provider = app.provider(price.account_id)
    if session_id is None:
        assert request is not None, "a checkout is stored with its request"
        params = params_of(request)
        found = await deadline.of(lambda: find_session(provider, checkout, params))
        session_id = None if found is None else found.id
    if session_id is not None and not await _expire_session(provider.checkouts, session_id, deadline):
        return await completing(app, checkout.customer_id)
    await mark_expired(app, checkout, request, only=checkout.state)
    return None


async def _expire_session(checkouts: Checkouts, session_id: str, deadline: Deadline) -> bool:
    """End an open session. False when it was paid in that moment, or before."""
    try:
        await deadline.of(lambda: checkouts.expire(session_id))
    except ProviderRefused as refused:
        if refused.code == "missing_object":
            return True
        session = await deadline.of(lambda: checkouts.get(session_id))
        return not session.bought
    return True


async def completing(app: AppContext, customer_id: CustomerId) -> Completing:
    """Paid, and not settled yet: have it settled now. The row stays until the settlement has seen what came of it."""
    async with app.store.transaction() as tx:
        await tx.customers.mark([customer_id], SnapshotPart.ALL, app.business.now())
    app.wake(QueueName.CUSTOMERS)
    return Completing()


async def mark_expired(
    app: AppContext, checkout: Checkout, request: ProviderRequest | None, *, only: CheckoutState | None = None
) -> None:
    """The link is over, and so is its request; with `only`, unless it has come into another state meanwhile."""
    async with app.store.transaction() as tx:
        stored = await tx.checkouts.get(checkout.id)
        if stored is None or (only is not None and stored.state is not only):
            return
        if stored.state in (CheckoutState.PENDING, CheckoutState.OPEN):
            await tx.checkouts.update(replace(stored, state=CheckoutState.EXPIRED))
        if request is not None:
            await tx.requests.set_state(request.id, RequestState.REFUSED, "not wanted any more")


async def open_link(
    app: AppContext, checkout: Checkout, price: Price, request: ProviderRequest, deadline: Deadline
) -> CheckoutLink | Completing | None:
    """Have Stripe make the session; None when the link was ended meanwhile, or what it sells is not sold any more."""
    session = await execute(app, _creation(app, checkout, price), request, deadline)
    async with app.store.transaction() as tx:
        stored = await tx.checkouts.get(checkout.id)
        sold = price.id in await prices_sold(app, tx, checkout.plan_id)
    is_open = stored is not None and stored.state is CheckoutState.OPEN
    if is_open and sold and session.url is not None:
        return CheckoutLink(price, session.url, session.expires_at)
    if session.bought:
        return await completing(app, checkout.customer_id)
    checkouts = app.provider(price.account_id).checkouts
    if session.status is SessionStatus.OPEN and not await _expire_session(checkouts, session.id, deadline):
        return await completing(app, checkout.customer_id)
    await mark_expired(app, checkout, None)
    return None


def _creation(app: AppContext, checkout: Checkout, price: Price) -> CreateCall[CheckoutSession]:
    provider = app.provider(price.account_id)

    async def make(key: str, params: Params) -> CheckoutSession:
        order = CheckoutOrder(
            customer=CustomerRef(params["customer"]),
            price=price,
            trial_days=int(params["trial_days"]),
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
            expires_at=int(params["expires_at"]),
            reference=checkout.id,
            metadata=params["metadata"],
        )
        return await provider.checkouts.open(key, order)

    async def find(params: Params, _since_at: int) -> CheckoutSession | None:
        return await find_session(provider, checkout, params)

    async def on_made(tx: Transaction, session: CheckoutSession) -> None:
        stored = await tx.checkouts.get(checkout.id)
        if stored is not None and stored.state is CheckoutState.PENDING:
            await tx.checkouts.update(
                replace(
                    stored,
                    state=CheckoutState.OPEN,
                    session_id=session.id,
                    url=session.url,
                    expires_at=session.expires_at,
                )
            )

    return CreateCall(
        account_id=price.account_id,
        kind="checkout",
        object_id=checkout.id,
        params={},  # stored with the checkout itself
        make=make,
        find=find,
        load=provider.checkouts.get,
        name=lambda session: session.id,
        on_made=on_made,
    )


async def find_session(provider: PaymentProvider, checkout: Checkout, params: Params) -> CheckoutSession | None:
    """The session that was made for a link, by our id in its metadata."""
    customer = CustomerRef(params["customer"])
    try:
        found = await look_up(
            provider, ObjectKind.CHECKOUT_SESSION, checkout.id, since_at=checkout.created_at, customer=customer
        )
    except ProviderRefused as refused:
        if refused.code != "missing_object":
            raise
        return None  # the owner deleted the customer: nothing can be paid by a link of it
    return None if found is None else await provider.checkouts.get(found)


async def _never(_key: str, _params: Params) -> CheckoutSession:
    raise ProviderUnavailable("nobody waits for this link any more", unclear=False)

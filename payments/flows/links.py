"""A checkout link: made once at Stripe, found again, ended."""

from dataclasses import dataclass, replace

from payments.core.ids import CheckoutId, StripeCustomerId
from payments.core.model import Checkout, CheckoutState, Part, Price
from payments.flows.engine import Engine
from payments.flows.requesting import Creation, Params, Patience, carry_out, params_of
from payments.ports.provider import (
    CheckoutOrder,
    CheckoutSession,
    Made,
    ProviderRefused,
    ProviderUnavailable,
    SessionStatus,
)
from payments.ports.stores import Request, Transaction


@dataclass(frozen=True, slots=True)
class CheckoutLink:
    """Where to pay, and until when."""

    url: str
    expires_at: int


@dataclass(frozen=True, slots=True)
class Completing:
    """It was paid just now; the membership follows within moments."""


async def end_abandoned(engine: Engine, checkout_id: CheckoutId) -> None:
    """A link that nobody waits for: kept if Stripe made it after all, so that the next `subscribe` answers with it."""
    async with engine.store.transaction() as tx:
        checkout = await tx.checkouts.get(checkout_id)
        request = await tx.requests.get("checkout", checkout_id)
        price = await tx.plans.price(checkout.price_id) if checkout else None
    if checkout is None or request is None or price is None or checkout.state is not CheckoutState.PENDING:
        return
    found = await find_session(engine, checkout, params_of(request))
    if found is not None and found.status is not SessionStatus.EXPIRED:
        creation = replace(_creation(engine, checkout, price), make=_never)
        await carry_out(engine, creation, replace(request, last_error="abandoned"), Patience(engine, None))
        if found.status is SessionStatus.COMPLETE:
            await completing(engine, checkout)
        return
    await over(engine, checkout, request, only=CheckoutState.PENDING)


async def expire(engine: Engine, session_id: str, patience: Patience) -> bool:
    """End an open session. False when it was paid in that moment."""
    try:
        await patience.of(lambda: engine.provider.expire_checkout(session_id))
    except ProviderRefused:
        session = await patience.of(lambda: engine.provider.checkout(session_id))
        return session.status is not SessionStatus.COMPLETE
    return True


async def completing(engine: Engine, checkout: Checkout) -> Completing:
    """Paid, and not settled yet: have it settled now. The row stays until the settlement has seen what came of it."""
    async with engine.store.transaction() as tx:
        await tx.customers.mark([checkout.customer_id], Part.ALL, engine.business.now())
    engine.wake("customers")
    return Completing()


async def over(
    engine: Engine, checkout: Checkout, request: Request | None, *, only: CheckoutState | None = None
) -> None:
    """The link is over, and so is its request; with `only`, unless it has come into another state meanwhile."""
    async with engine.store.transaction() as tx:
        stored = await tx.checkouts.get(checkout.id)
        if stored is None or (only is not None and stored.state is not only):
            return
        if stored.state in (CheckoutState.PENDING, CheckoutState.OPEN):
            await tx.checkouts.update(replace(stored, state=CheckoutState.EXPIRED))
        if request is not None:
            await tx.requests.set_state(request.id, "refused", "not wanted any more")


async def open_link(
    engine: Engine, checkout: Checkout, price: Price, request: Request, patience: Patience
) -> CheckoutLink | Completing | None:
    """Have Stripe make the session; None when the link was ended by another path meanwhile."""
    session = await carry_out(engine, _creation(engine, checkout, price), request, patience)
    async with engine.store.transaction() as tx:
        stored = await tx.checkouts.get(checkout.id)
    if stored is not None and stored.state is CheckoutState.OPEN and session.url is not None:
        return CheckoutLink(session.url, session.expires_at)
    if session.status is SessionStatus.COMPLETE:
        return await completing(engine, checkout)
    if session.status is SessionStatus.OPEN and not await expire(engine, session.id, patience):
        return await completing(engine, checkout)
    return None


def _creation(engine: Engine, checkout: Checkout, price: Price) -> Creation[CheckoutSession]:
    async def make(key: str, params: Params) -> CheckoutSession:
        order = CheckoutOrder(
            customer=StripeCustomerId(params["customer"]),
            price=price,
            trial_days=int(params["trial_days"]),
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
            expires_at=int(params["expires_at"]),
            reference=checkout.id,
            metadata=params["metadata"],
        )
        return await engine.provider.create_checkout(key, order)

    async def find(params: Params, _since_at: int) -> CheckoutSession | None:
        return await find_session(engine, checkout, params)

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

    return Creation(
        kind="checkout",
        subject_id=checkout.id,
        params={},  # stored with the checkout itself
        make=make,
        find=find,
        load=engine.provider.checkout,
        name=lambda session: session.id,
        on_made=on_made,
    )


async def find_session(engine: Engine, checkout: Checkout, params: Params) -> CheckoutSession | None:
    """The session that was made for a link, by our id in its metadata."""
    found = await engine.provider.find(
        Made.CHECKOUT_SESSION,
        checkout.id,
        since_at=checkout.created_at,
        customer=StripeCustomerId(params["customer"]),
    )
    return None if found is None else await engine.provider.checkout(found)


async def _never(_key: str, _params: Params) -> CheckoutSession:
    raise ProviderUnavailable("nobody waits for this link any more", unclear=False)

"""Creating calls that nobody waits for any more: the requests worker finishes or ends them here."""

from payments.core.ids import CheckoutId, CustomerId, PlanId, PriceId
from payments.flows import endings
from payments.flows.billing import invoices, refunds
from payments.flows.catalog import prices
from payments.flows.checkout import sessions
from payments.flows.checkout.customers import ensure_customer as ensure_customer
from payments.flows.people import redeem
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.outbox import Deadline, params_of
from payments.flows.runtime.retry import retry_of
from payments.flows.settlement import trials
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import Lease, LeaseLost, ProviderRequest, RequestState
from payments.rate_limit import in_the_background

REDRIVEN = ("price", "bill", "checkout", "customer", "links", "link_end", "trial_end", "ending", "refund", "name_ours")
"""The kinds that stand for a whole: a price makes its product, a bill its draft and item.

`links` makes nothing: it ends the links of what is not sold any more; `link_end` ends one link, `trial_end` a second
trial with the same card, `ending` a subscription, or takes its end back; `name_ours` writes our ids onto what was
claimed.
"""


async def redrive(app: AppContext, request: ProviderRequest, lease: Lease) -> None:
    """Finish a pending request. What fails is tried again later, with backoff; dead in the end, and replayable.

    Raises `StoreUnavailable` only.
    """
    try:
        with in_the_background():
            await _go_on(app, request)
        await _end(app, request, "not needed any more")
    except (ProviderUnavailable, ProviderRefused) as failed:
        async with app.store.transaction() as tx:
            now_stored = await tx.requests.get(request.kind, request.object_id)
        # A refusal that has a meaning of its own has ended the request by now.
        if now_stored is None or now_stored.state is not RequestState.PENDING:
            return
        try:
            async with app.store.transaction() as tx:
                await tx.requests.failed(request.id, lease, retry_of(app, failed, request.attempts))
        except LeaseLost:
            return


async def _go_on(app: AppContext, request: ProviderRequest) -> None:
    unhurried = Deadline(app, hurried=False)
    match request.kind:
        case "price":
            await prices.finish_price(app, PriceId(request.object_id), unhurried)
        case "bill":
            await invoices.finish(app, request, unhurried)
        case "checkout":
            await sessions.resolve_abandoned(app, CheckoutId(request.object_id))
        case "links":
            params = params_of(request)
            plan_id = PlanId(params["plan_id"])
            await sessions.expire_unsold(app, plan_id, params.get("until"))
            async with app.store.transaction() as tx:
                await tx.requests.made(request.id, plan_id)
        case "link_end":
            await sessions.run_expiry(app, CheckoutId(request.object_id))
            async with app.store.transaction() as tx:
                await tx.requests.made(request.id, request.object_id)
        case "trial_end":
            await trials.end_second(app, request)
        case "ending":
            await endings.carry_out(app, request, unhurried)
        case "refund":
            await refunds.finish(app, request, unhurried)
        case "name_ours":
            await redeem.name_ours(app, request)
        case "customer":
            await _finish_customer(app, request)
        case other:
            raise AssertionError(f"no pending request of kind {other} is taken up by itself")


async def _finish_customer(app: AppContext, request: ProviderRequest) -> None:
    async with app.store.transaction() as tx:
        customer = await tx.customers.get(CustomerId(request.object_id))
    if customer is None or customer.stripe_id is not None:  # made by another path, or a replacement nobody waits for
        return
    name = str(params_of(request)["name"])
    await ensure_customer(
        app, customer.account_id, customer.person_id, customer.currency, name, Deadline(app, hurried=False)
    )


async def _end(app: AppContext, request: ProviderRequest, why: str) -> None:
    """A request that is still pending now will never be needed: nothing may stay claimable for ever."""
    async with app.store.transaction() as tx:
        now_stored = await tx.requests.get(request.kind, request.object_id)
        if now_stored is not None and now_stored.state is RequestState.PENDING:
            await tx.requests.set_state(request.id, RequestState.REFUSED, why[:300])

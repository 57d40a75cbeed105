"""Ends a subscription, or takes that back: what was wanted is stored first, and done until the provider shows it.

A wish that was stored later replaces an earlier one, whichever of them is carried out first.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from payments.core.billing import ENDED_STATUSES, Ending, InvoiceStatus, SnapshotPart, Subscription
from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan
from payments.core.community import Community
from payments.core.covering.bills import Terms
from payments.core.covering.known import known_of, terms_of
from payments.core.endings import CancelTerms, cancel_terms, may_be_collected, nothing_left
from payments.core.entitlements import of_subscription
from payments.core.ids import InvoiceId, SubscriptionId
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.names import name_in
from payments.flows.runtime.offered import offered
from payments.flows.runtime.origins import side_of
from payments.flows.runtime.outbox import Deadline, params_of, store_request
from payments.flows.runtime.payments import payments_of
from payments.ports.providers import Invoicing, KeyRefused, ProviderRefused, SubscriptionActions
from payments.ports.stores import ProviderRequest, QueueName, RequestState, Transaction

KIND = "ending"


class By(StrEnum):
    """Who or what wants it."""

    MEMBER = "member"
    TEAM = "team"
    PAYMENT = "payment"  # it was taken back, or it counts again


class Ended(StrEnum):
    """What came of a wish."""

    AT_ONCE = "at_once"
    PERIOD_END = "period_end"
    KEPT = "kept"
    OVER = "over"  # it had ended already
    REPLACED = "replaced"  # something else is wanted by now


_DONE = {Ending.AT_ONCE: Ended.AT_ONCE, Ending.PERIOD_END: Ended.PERIOD_END, Ending.KEEP: Ended.KEPT}


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a stored request asks for."""

    subscription_id: SubscriptionId
    ending: Ending
    bills: tuple[InvoiceId, ...]
    by: By

    @staticmethod
    def of(request: ProviderRequest) -> "_Wish":
        params = params_of(request)
        bills = tuple(InvoiceId(bill) for bill in params["bills"])
        return _Wish(SubscriptionId(params["subscription"]), Ending(params["ending"]), bills, By(params["by"]))


async def wish(
    tx: Transaction, app: AppContext, s: Subscription, ending: Ending, by: By, *, bills: Iterable[InvoiceId] = ()
) -> ProviderRequest:
    """Store what somebody wants of a subscription's end, for who waits to carry it out.

    What was wanted before is replaced, and so is an end for a payment that was taken back: it is not undone when that
    payment counts again. `bills`: what is voided first.
    """
    await tx.identities.lock({s.payer_id, s.beneficiary_id})  # a settlement that reads the row writes it whole
    now_stored = await tx.billing.subscription(s.account_id, s.id)
    assert now_stored is not None, "subscriptions are never deleted"
    await tx.billing.put_subscription(replace(now_stored, ending=ending, ending_for=None, ending_for_at=None))
    return await store(tx, app, s, ending, by, bills=bills)


async def store(
    tx: Transaction,
    app: AppContext,
    s: Subscription,
    ending: Ending,
    by: By,
    *,
    bills: Iterable[InvoiceId] = (),
    at_once: bool = False,
) -> ProviderRequest:
    """Store the call alone; whoever calls stores the wish with the subscription in the same commit.

    `at_once`: for the worker, since no person waits for it.
    """
    params = {"subscription": s.id, "ending": ending, "bills": list(bills), "by": by}
    return await store_request(tx, app, s.account_id, KIND, new_id("end"), params, at_once=at_once)


async def terms_now(tx: Transaction, s: Subscription, now: int) -> CancelTerms:
    """What ending a subscription means now, from what is stored."""
    payments = await payments_of(tx, s.customer_id)
    plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
    return cancel_terms(s, known_of(s, payments), payments, Terms() if plan is None else terms_of(plan), now)


async def spent(tx: Transaction, s: Subscription, plan: Plan) -> bool:
    """Whether nothing that was paid for a running subscription is left, so that its user may subscribe again."""
    return nothing_left(known_of(s, await payments_of(tx, s.customer_id)), terms_of(plan)) is not None


async def end_spent(app: AppContext, s: Subscription, deadline: Deadline) -> None:
    """See to it that a spent subscription is not charged again, before its user subscribes again.

    Raises `ProviderUnavailable` and `ProviderRefused`: then nothing may be sold yet.
    """
    if s.ends_by_itself:
        await _leave_ended(app, s)
        return
    async with app.store.transaction() as tx:
        terms = await terms_now(tx, s, app.business.now())
        ending = Ending.AT_ONCE if terms.at_once else Ending.PERIOD_END
        request = await wish(tx, app, s, ending, By.MEMBER, bills=[bill.id for bill in terms.withdrawn])
    await carry_out(app, request, deadline, told=True)


async def _leave_ended(app: AppContext, s: Subscription) -> None:
    """Who joins again pays again: the end is not undone beside it when the old payment counts after all."""
    async with app.store.transaction() as tx:
        await tx.identities.lock({s.payer_id, s.beneficiary_id})
        stored = await tx.billing.subscription(s.account_id, s.id)
        if stored is not None and stored.ending_for is not None:
            await tx.billing.put_subscription(replace(stored, ending_for=None, ending_for_at=None))


async def carry_out(app: AppContext, request: ProviderRequest, deadline: Deadline, *, told: bool = False) -> Ended:
    """Do what a request asks for, unless something else is wanted by now. Done again, it does the same.

    `told`: somebody waits for the answer, and is not told again. Raises `ProviderUnavailable` and `ProviderRefused`.
    """
    wish = _Wish.of(request)
    async with app.store.transaction() as tx:
        s = await tx.billing.subscription(request.account_id, wish.subscription_id)
    if s is None or s.ending is not wish.ending or s.status in ENDED_STATUSES:
        outcome = Ended.OVER if s is None or s.status in ENDED_STATUSES else Ended.REPLACED
    else:
        try:
            outcome = await _ask(app, s, wish, deadline)
        except (ProviderRefused, KeyRefused) as refused:
            await _tell_refused(app, s, wish, refused)
            raise
    async with app.store.transaction() as tx:
        if s is not None:
            await tx.identities.lock({s.payer_id, s.beneficiary_id})
        stored = await tx.requests.get(request.kind, request.object_id)
        if stored is not None and stored.state is RequestState.MADE:  # another process was as fast
            return outcome
        await tx.requests.made(request.id, wish.subscription_id)
        if s is not None and outcome is not Ended.REPLACED:
            if not told:
                await _tell(app, tx, s, wish, outcome)
            await _see_to_it(tx, app, s, wish, outcome)
            # Persons before the customer's row, as a settlement has it: otherwise each could wait for the other.
            await tx.customers.mark([s.customer_id], SnapshotPart.ALL, app.business.now())
    app.wake(QueueName.REQUESTS)
    app.wake(QueueName.CUSTOMERS)
    app.wake(QueueName.NOTICES)
    return outcome


async def _see_to_it(tx: Transaction, app: AppContext, before: Subscription, wish: _Wish, outcome: Ended) -> None:
    """What was stored while the provider was asked holds: that answer may have come last, and undone it there."""
    s = await tx.billing.subscription(before.account_id, before.id)
    if s is None or s.status in ENDED_STATUSES:
        return
    if s.ending is wish.ending:
        if s.ending is Ending.AT_ONCE and outcome is Ended.PERIOD_END:
            await tx.billing.put_subscription(replace(s, ending=Ending.PERIOD_END))
    elif s.ending in (Ending.PERIOD_END, Ending.KEEP):
        by = By.MEMBER if s.ending_for is None else By.PAYMENT  # whoever wants it is told so
        await store(tx, app, s, s.ending, by, at_once=True)


async def _ask(app: AppContext, s: Subscription, wish: _Wish, deadline: Deadline) -> Ended:
    provider = app.provider(s.account_id)
    actions = offered(provider.subscriptions)
    ending = wish.ending
    if wish.bills:
        await _remember_withdrawn(app, s, wish.bills)
        left = await _not_voided(offered(provider.invoicing), wish.bills, deadline)
        if left:
            await _remember_withdrawn(app, s, left, withdrawn=False)
            ending = Ending.PERIOD_END  # it was paid after all, or will be: so is the period
    try:
        await deadline.of(lambda: _act(actions, ending, s.id))
    except ProviderRefused as refused:
        if refused.code != "missing_object" and not await _over(actions, s.id, deadline):
            raise
        # As wanted: it may have been this very call, before the process died.
        return Ended.AT_ONCE if ending is Ending.AT_ONCE else Ended.OVER
    return _DONE[ending]


async def _remember_withdrawn(
    app: AppContext, s: Subscription, bills: Collection[InvoiceId], *, withdrawn: bool = True
) -> None:
    """Stored before they are voided: of what the owner takes back the contact is asked, and not of these.

    Of one that could not be voided they are asked all the same, should the owner take it back later.
    """
    async with app.store.transaction() as tx:
        await tx.identities.lock({s.payer_id, s.beneficiary_id})  # a settlement that reads the rows writes them whole
        for invoice in await tx.billing.invoices(s.customer_id):
            if invoice.id in bills:
                await tx.billing.put_invoice(replace(invoice, withdrawn=withdrawn))


async def _not_voided(invoicing: Invoicing, bills: Iterable[InvoiceId], deadline: Deadline) -> list[InvoiceId]:
    """Void these bills; those that are not: paid meanwhile, or a payment of them is on its way."""
    left: list[InvoiceId] = []
    for bill in bills:
        try:
            fact = await deadline.of(partial(invoicing.void, bill))
        except ProviderRefused as refused:
            if refused.code != "missing_object":
                left.append(bill)
            continue
        if fact.status in (InvoiceStatus.PAID, InvoiceStatus.OPEN):
            left.append(bill)
    return left


async def _act(actions: SubscriptionActions, ending: Ending, subscription_id: SubscriptionId) -> None:
    match ending:
        case Ending.AT_ONCE:
            await actions.cancel_now(subscription_id)
        case Ending.PERIOD_END:
            await actions.cancel(subscription_id)
        case Ending.KEEP:
            await actions.keep(subscription_id)
        case Ending.ASKED:
            raise AssertionError("no call is stored for what the contact has yet to answer")


async def _over(actions: SubscriptionActions, subscription_id: SubscriptionId, deadline: Deadline) -> bool:
    """Whether the provider says that it is over: its refusal to change one that is may have any code, or none."""
    return await deadline.of(lambda: actions.status(subscription_id)) in ENDED_STATUSES


async def _tell(app: AppContext, tx: Transaction, s: Subscription, wish: _Wish, outcome: Ended) -> None:
    """Who pays is told what was done without them; of a payment that was taken back, the contact too."""
    if outcome is Ended.OVER and wish.ending is Ending.KEEP:
        return
    now = app.business.now()
    at = s.period_end_at if outcome is Ended.PERIOD_END else None
    plan, community = await sold_until(tx, s, at, now)
    if plan is None or community is None:
        return
    customer = await tx.customers.get(s.customer_id)
    side = None if customer is None else await side_of(tx, customer.person_id)
    params: dict[str, str | int | None] = {"plan": plan.name, "community": community.name, "at": at}
    left = [bill for bill in may_be_collected(s, await payments_of(tx, s.customer_id)) if bill.id not in wish.bills]
    if at is not None and left:
        params["billed"] = 1
    kind = f"ending_{wish.by}" if outcome is not Ended.KEPT else f"ending_{wish.by}_back"
    key = f"{kind}:{s.account_id}:{s.id}:{s.ending_for or now // 60_000}"
    only: dict[str, str | int | None] = {} if side is None else {"only": side.value}
    await enqueue_notice(tx, now, s.payer_id, kind, key, params | only)
    if wish.by is By.PAYMENT:
        member = await name_in(tx, community.id, s.beneficiary_id)
        told = {**params, "member": member, "subscription": s.id, "account": s.account_id}
        await enqueue_contact_notice(tx, now, community, f"{kind}_contact", f"{key}:contact", told)


async def _tell_refused(app: AppContext, s: Subscription, wish: _Wish, refused: Exception) -> None:
    """The contact hears once a day that a wish waits, with the provider's words: the wish itself is not lost."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        plan, community = await _sold(tx, s)
        if plan is not None and community is not None:
            params = {
                "plan": plan.name,
                "community": community.name,
                "member": await name_in(tx, community.id, s.payer_id),
                "ending": wish.ending,
                "detail": str(refused),
            }
            key = f"ending_refused:{s.account_id}:{s.id}:{now // DAY_MS}"
            await enqueue_contact_notice(tx, now, community, "ending_refused", key, params)
        await tx.customers.mark([s.customer_id], SnapshotPart.SUBSCRIPTIONS, now)  # something changed meanwhile
    app.wake(QueueName.CUSTOMERS)
    app.wake(QueueName.NOTICES)


async def sold_until(
    tx: Transaction, s: Subscription, at: int | None, now: int
) -> tuple[Plan | None, Community | None]:
    """The plan that is had until a subscription's end at `at`: what it sells now may be unpaid and end before that, and
    leave what was paid for before. And its community."""
    held = of_subscription(s, await tx.entitlements.of([s.beneficiary_id]))
    own = None if s.plan_id is None else held.get(s.plan_id)
    lasting = [e for e in held.values() if e.opens(now) and (at is None or (e.access_until or at) >= at)]
    if own is None or own in lasting or not lasting:
        return await _sold(tx, s)
    return await _sold(tx, replace(s, plan_id=lasting[0].plan_id))


async def _sold(tx: Transaction, s: Subscription) -> tuple[Plan | None, Community | None]:
    plan = None if s.plan_id is None else await tx.plans.get(s.plan_id)
    return plan, None if plan is None else await tx.communities.get(plan.community_id)

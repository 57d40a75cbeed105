"""Settling: ask Stripe what is true of a customer now, decide, and store all that follows in one commit."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from payments.core.access import Entitlement, Source
from payments.core.audit import AuditKind
from payments.core.billing import (
    Customer,
    InvoiceStatus,
    Purchase,
    SnapshotPart,
    Subscription,
    SubscriptionStatus,
)
from payments.core.catalog import Plan, Price
from payments.core.changes import because, facts
from payments.core.decision import Decision, decide
from payments.core.ids import InvoiceId, PersonId, PlanId, PriceId
from payments.core.laid_over import PERSON_PREFIX, unknown_failures
from payments.core.notices import PlannedNotice
from payments.core.refs import Refs, used_by
from payments.core.selling import KnownPrices, named_in
from payments.core.snapshot import Snapshot
from payments.core.state import State
from payments.flows.access.desired import AccessChange, sync_desired_access
from payments.flows.community_log import tell_money
from payments.flows.messages import enqueue_planned_notices
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext, new_id
from payments.flows.runtime.origins import side_of
from payments.flows.runtime.retry import retry_of
from payments.flows.settlement import endings, trials
from payments.flows.settlement.completed import complete
from payments.flows.settlement.foreseen import foresee_ends
from payments.flows.settlement.late_payments import tell_late_payments
from payments.flows.settlement.refunds import tell_refunds
from payments.flows.settlement.seen import seen_before
from payments.flows.settlement.stacked_purchases import recompute_periods
from payments.ports.providers import ProviderRefused, ProviderUnavailable
from payments.ports.stores import ClaimedCustomer, Lease, LedgerEntry, PersonsMerged, QueueName, Transaction

NO_PARTS = SnapshotPart(0)
MERGES_MAX = 4


async def settle_customer(app: AppContext, claimed: ClaimedCustomer, lease: Lease) -> None:
    """Bring a customer's state, and the access of everybody it concerns, up to what Stripe says now.

    When Stripe gives no clear answer nothing changes, and it is tried again later (invariant 6). Raises `LeaseLost`.
    """
    if await seen_before(app, claimed, lease):
        return
    try:
        snapshot = await _ask(app, claimed)
        cards = await trials.cards_of_trials(app, claimed.customer, snapshot)
    except (ProviderUnavailable, ProviderRefused) as error:
        retry = retry_of(app, error, claimed.attempts)
        async with app.store.transaction() as tx:
            await tx.customers.failed(claimed.customer.id, lease, retry)
        return
    flips, noticed, asked = await _commit(app, claimed, lease, snapshot, cards)
    if asked:
        app.wake(QueueName.REQUESTS)
    if flips:
        app.wake(QueueName.EFFECTS)
    if noticed:
        app.wake(QueueName.NOTICES)


async def _commit(
    app: AppContext, claimed: ClaimedCustomer, lease: Lease, snapshot: Snapshot, cards: frozenset[str]
) -> tuple[Sequence[AccessChange], bool, bool]:
    """The one commit; started again if somebody affected was merged with another while it waited for the locks."""
    for _ in range(MERGES_MAX):
        with suppress(PersonsMerged):
            async with app.store.transaction() as tx:
                return await _settle(app, tx, claimed, lease, snapshot, cards)
    raise PersonsMerged("persons are being merged again and again")


async def _ask(app: AppContext, claimed: ClaimedCustomer) -> Snapshot:
    """What Stripe says of the parts that changed, and since when what is unpaid is unpaid. No transaction is open."""
    customer = claimed.customer
    if customer.stripe_id is None:  # nothing was ever bought: there is nothing to ask
        return Snapshot()
    provider = app.provider(customer.account_id)
    parts = claimed.parts
    if parts & SnapshotPart.SUBSCRIPTIONS:
        # A subscription is only understood with its invoices: without them a past due one would be due since now.
        parts |= SnapshotPart.INVOICES
    snapshot = await _fetch(app, claimed, parts)
    if snapshot.subscriptions is None and await _bills_something_new(app, customer, snapshot):
        # Its own events may come late: whoever paid does not wait for them.
        sold = await _fetch(app, claimed, SnapshotPart.SUBSCRIPTIONS)
        snapshot = replace(snapshot, subscriptions=sold.subscriptions, deleted=sold.deleted)
    if any(s.status is SubscriptionStatus.PAST_DUE for s in snapshot.subscriptions or ()):
        # Asked for at the same time, the invoices may be older than the subscription that is past due by them.
        later = await _fetch(app, claimed, SnapshotPart.INVOICES)
        snapshot = replace(snapshot, invoices=later.invoices, notes=later.notes)
    if not unknown_failures(State(customer), snapshot):
        return snapshot
    async with app.store.transaction() as tx:
        stored = State(
            customer,
            subscriptions=tuple(await tx.billing.subscriptions(customer.id)),
            invoices=tuple(await tx.billing.invoices(customer.id)),
        )
        unknown = unknown_failures(stored, snapshot)
        told = await _first_failures(tx, customer, unknown)
    missing = [invoice_id for invoice_id in unknown if invoice_id not in told]
    if missing:
        found = await provider.snapshot(customer.stripe_id, NO_PARTS, failures_unknown=missing)
        snapshot = replace(snapshot, failed_at={**snapshot.failed_at, **found.failed_at}, processing=found.processing)
    return snapshot


async def _bills_something_new(app: AppContext, customer: Customer, snapshot: Snapshot) -> bool:
    """Whether there is an invoice of a subscription that is not stored."""
    billed = {i.subscription_id for i in snapshot.invoices or () if i.subscription_id is not None}
    if not billed:
        return False
    async with app.store.transaction() as tx:
        return not billed <= {s.id for s in await tx.billing.subscriptions(customer.id)}


async def _fetch(app: AppContext, claimed: ClaimedCustomer, parts: SnapshotPart) -> Snapshot:
    """These parts under each id that the customer has and had. Deleted test data leaves none of them at Stripe."""
    customer = claimed.customer
    assert customer.stripe_id is not None
    provider, snapshot = app.provider(customer.account_id), Snapshot()
    for n, stripe_id in enumerate((customer.stripe_id, *claimed.former)):
        try:
            found = await provider.snapshot(stripe_id, parts)
        except ProviderRefused as refused:
            # Live data can't be wiped: a customer who is not there tells nothing.
            if refused.code != "missing_object" or (not n and app.accounts[customer.account_id].livemode):
                raise
            found = Snapshot(subscriptions=() if parts & SnapshotPart.SUBSCRIPTIONS else None, deleted=True)
        snapshot = snapshot.with_former(found) if n else found
    return snapshot


async def _first_failures(
    tx: Transaction, customer: Customer, invoice_ids: Iterable[InvoiceId]
) -> Mapping[InvoiceId, int]:
    found = {i: await tx.events.first_failure(customer.account_id, i) for i in invoice_ids}
    return {i: at for i, at in found.items() if at is not None}


async def _settle(
    app: AppContext,
    tx: Transaction,
    claimed: ClaimedCustomer,
    lease: Lease,
    snapshot: Snapshot,
    cards: frozenset[str],
) -> tuple[Sequence[AccessChange], bool, bool]:
    """The one commit: lock, read, decide, write all that follows. Flips, whether there are messages to send, and
    whether there is something to end at Stripe."""
    now = app.business.now()
    meant = await tx.identities.lock(await _people(tx, claimed.customer, snapshot))
    people = frozenset(meant.values())
    customer = replace(claimed.customer, person_id=meant[claimed.customer.person_id])
    snapshot = await _as_used(tx, customer, _as_meant(snapshot, meant))
    state = await _read(tx, customer, people, snapshot)  # only now does nobody else decide about these persons
    sold: list[Subscription | Purchase] = [*state.subscriptions, *state.purchases]
    if not {who for one in sold for who in (one.payer_id, one.beneficiary_id)} <= people:
        raise PersonsMerged("something was handed over in this moment")
    snapshot = await _with_failures(tx, state, snapshot)
    decision = decide(state, snapshot, now)
    subscriptions = {s.id: s for s in (*state.subscriptions, *decision.subscriptions)}
    second = await trials.second_ones(app, tx, snapshot, subscriptions.values(), state.entitlements, cards)
    decision = trials.without(decision, state.entitlements, second)
    decision, ends, noticed = await endings.weigh(app, tx, state, decision, now)
    await _write(tx, decision, now)
    await foresee_ends(tx, state, decision, now)
    await _remember(tx, decision)
    if any(e.source is Source.PURCHASE for e in decision.entitlements):
        await recompute_periods(tx, people, now)
    flips = await sync_desired_access(app, tx, people, claimed.pending_since_at)
    await _audit(tx, flips, state.plans, now)
    side = await side_of(tx, claimed.customer.person_id)
    await tx.notices.withdraw(decision.untrue)
    told = await _not_told_as_back(tx, decision.notices, flips)
    noticed |= await enqueue_planned_notices(tx, told, state.plans, now, payer_side=side)
    noticed |= await complete(tx, decision.completed, now)
    noticed |= await tell_refunds(app, tx, state, decision)
    await tell_money(app, tx, state, decision)
    noticed |= await tell_late_payments(app, tx, claimed.customer, decision.late, side)
    recheck_at = _recheck_at(decision, await tx.entitlements.of(people), now)
    pause_ms = 0 if _being_paid(snapshot) else app.settings.settle_pause_ms
    await tx.customers.settled(customer.id, lease, claimed.mark_seq, recheck_at, app.machine.now() + pause_ms)
    if customer.stripe_id is not None:  # the customer's row before its events', as all that write both
        await tx.events.settled(customer.account_id, [customer.stripe_id, *claimed.former], claimed.mark_seq)
    return flips, noticed, bool(second) or ends


async def _not_told_as_back(
    tx: Transaction, notices: Iterable[PlannedNotice], flips: Iterable[AccessChange]
) -> list[PlannedNotice]:
    """Without those of a payment that gives a payer back what was taken: once they have it, they are welcomed back."""
    back = {
        (flip.person_id, flip.entitlement.id)
        for flip in flips
        if flip.wanted and flip.entitlement is not None and await tx.accesses.revoked(flip.person_id, flip.target_id)
    }
    return [n for n in notices if n.kind != "payment_back" or (n.person_id, n.params["entitlement"]) not in back]


def _being_paid(snapshot: Snapshot) -> bool:
    """Whether something is or may be on its way to being paid: then the next event may open what somebody waits for."""
    if snapshot.subscriptions is None or not (snapshot.subscriptions or snapshot.invoices):
        return True  # not asked about, or not there yet
    return any(s.status is SubscriptionStatus.INCOMPLETE for s in snapshot.subscriptions or ()) or any(
        i.status in (InvoiceStatus.DRAFT, InvoiceStatus.OPEN) for i in snapshot.invoices or ()
    )


def _recheck_at(decision: Decision, entitlements: Iterable[Entitlement], now: int) -> int | None:
    """When to look again: also when a present, or what somebody else pays for these persons, begins or ends."""
    moments = [decision.recheck_at]
    for e in entitlements:
        if e.access_from is not None:
            moments += [e.access_from, e.access_until]
    return min((m for m in moments if m is not None and m > now), default=None)


# Reading.


async def _read(tx: Transaction, customer: Customer, people: frozenset[PersonId], snapshot: Snapshot) -> State:
    subscriptions = tuple(await tx.billing.subscriptions(customer.id))
    purchases = tuple(await tx.billing.purchases(customer.id))
    invoices = tuple(await tx.billing.invoices(customer.id))
    named = named_in((*subscriptions, *(snapshot.subscriptions or ())), (*invoices, *(snapshot.invoices or ())))
    known = KnownPrices.of(await tx.plans.prices_at_provider(customer.account_id, sorted(named)))
    prices = await _prices(tx, purchases, snapshot)
    plan_ids = {price.plan_id for price in (*known.prices.values(), *prices.values())}
    plan_ids |= {s.plan_id for s in subscriptions if s.plan_id is not None} | {p.plan_id for p in purchases}
    plan_ids |= {named.plan_id for named in _refs(snapshot) if named.plan_id is not None}
    entitlements = tuple(await tx.entitlements.of(people))
    plan_ids |= {e.plan_id for e in entitlements}  # what is told of them may be of another customer's
    plans = {plan_id: await tx.plans.get(plan_id) for plan_id in sorted(plan_ids)}
    unpaid = [i.id for i in invoices if i.status is InvoiceStatus.OPEN]
    unpaid += [i.id for i in snapshot.invoices or () if i.status is InvoiceStatus.OPEN]
    waiting = await tx.events.seen(customer.account_id, "invoice.payment_action_required", set(unpaid))
    return State(
        customer=customer,
        subscriptions=subscriptions,
        purchases=purchases,
        invoices=invoices,
        refunds=tuple(await tx.billing.refunds(customer.id)),
        disputes=tuple(await tx.billing.disputes(customer.id)),
        notes=tuple(await tx.billing.notes(customer.id)),
        entitlements=entitlements,
        plans={plan_id: plan for plan_id, plan in plans.items() if plan is not None},
        prices=prices,
        known=known,
        people=people,
        action_required=frozenset(InvoiceId(i) for i in waiting),
        bounced=await tx.billing.bounced(people, customer.id),
    )


def _refs(snapshot: Snapshot) -> list[Refs]:
    """What the subscriptions' metadata say of us."""
    return [fact.refs for fact in snapshot.subscriptions or ()]


async def _prices(tx: Transaction, purchases: Iterable[Purchase], snapshot: Snapshot) -> Mapping[PriceId, Price]:
    named = {p.price_id for p in purchases} | {of.price_id for of in _refs(snapshot) if of.price_id is not None}
    found = {i: await tx.plans.price(i) for i in sorted(named)}
    return {i: price for i, price in found.items() if price is not None}


async def _people(tx: Transaction, customer: Customer, snapshot: Snapshot) -> frozenset[PersonId]:
    """Everyone affected by this customer's purchases, past or present; those named in metadata only if we know them.

    It is read before the lock. What is handed over meanwhile, when an account is replaced, is seen under it.
    """
    people = {customer.person_id}
    for s in await tx.billing.subscriptions(customer.id):
        people |= {s.payer_id, s.beneficiary_id}
    for p in await tx.billing.purchases(customer.id):
        people |= {p.payer_id, p.beneficiary_id}
    named = {name for of in _refs(snapshot) for name in (of.payer_id, of.beneficiary_id) if name is not None}
    for name in sorted(named - people):
        if name.startswith(PERSON_PREFIX) and await tx.identities.identities(name):
            people.add(name)
    return frozenset(people)


def _as_meant(snapshot: Snapshot, meant: Mapping[PersonId, PersonId]) -> Snapshot:
    """The snapshot with the persons its metadata refer to: those it names may have been merged with others since."""
    if snapshot.subscriptions is None:
        return snapshot
    facts = [
        replace(fact, metadata={key: meant.get(PersonId(value), value) for key, value in fact.metadata.items()})
        for fact in snapshot.subscriptions
    ]
    return replace(snapshot, subscriptions=tuple(facts))


async def _as_used(tx: Transaction, customer: Customer, snapshot: Snapshot) -> Snapshot:
    """The snapshot with who uses what an account handed over when it was replaced, whoever the metadata name."""
    if not snapshot.subscriptions:
        return snapshot
    users = await tx.moves.users_of(customer.account_id, [fact.id for fact in snapshot.subscriptions])
    facts = [
        replace(fact, metadata=used_by(fact.metadata, users[fact.id])) if fact.id in users else fact
        for fact in snapshot.subscriptions
    ]
    return replace(snapshot, subscriptions=tuple(facts))


async def _with_failures(tx: Transaction, state: State, snapshot: Snapshot) -> Snapshot:
    """The snapshot with what stored events tell of failed payments: nothing else knows when one failed."""
    unpaid = {i.id for i in state.invoices if i.status is InvoiceStatus.OPEN and i.failed_at is None}
    unpaid |= {i.id for i in snapshot.invoices or () if i.status is InvoiceStatus.OPEN and i.attempt_count > 0}
    told = await _first_failures(tx, state.customer, sorted(unpaid))
    merged = dict(snapshot.failed_at)
    for invoice_id, at in told.items():
        merged[invoice_id] = min(at, merged.get(invoice_id, at))
    return replace(snapshot, failed_at=merged)


# Writing.


async def _write(tx: Transaction, decision: Decision, now: int) -> None:
    for subscription in decision.subscriptions:
        await tx.billing.put_subscription(subscription)
    for purchase in decision.purchases:
        await tx.billing.put_purchase(purchase)
    for invoice in decision.invoices:
        await tx.billing.put_invoice(invoice)
    for refund in decision.refunds:
        await tx.billing.put_refund(refund)
    for dispute in decision.disputes:
        await tx.billing.put_dispute(dispute)
    for note in decision.notes:
        await tx.billing.put_note(note)
    for entitlement in decision.entitlements:
        await tx.entitlements.put(entitlement)
    await tx.ledger.add([LedgerEntry(new_id("led"), change, now) for change in decision.ledger])


async def _remember(tx: Transaction, decision: Decision) -> None:
    """All accounts of who has a plan now: none of them gets a trial of it again, whoever they belong to later."""
    for subscription in decision.subscriptions:
        if subscription.plan_id is not None:
            await tx.trials.remember({subscription.payer_id, subscription.beneficiary_id}, subscription.plan_id)


async def _audit(tx: Transaction, flips: Iterable[AccessChange], plans: Mapping[PlanId, Plan], now: int) -> None:
    for flip in flips:
        target = await tx.communities.target(flip.target_id)
        plan = plans.get(flip.entitlement.plan_id) if flip.entitlement is not None else None
        opened = {} if plan is None or not flip.wanted else facts(plan=plan.name)
        name = flip.target_id if target is None else target.name
        await record_audit(
            tx,
            now,
            AuditKind.WANTED if flip.wanted else AuditKind.UNWANTED,
            {**facts(target=name, reason=because(flip.reason)), **opened},
            community_id=None if target is None else target.community_id,
            person_id=flip.person_id,
            target_id=flip.target_id,
        )

"""The decision: what follows for a customer from what was stored and what the provider says now. Pure.

A part that was not asked for keeps what is stored; so does an object that is absent from a part, and one whose status
this version doesn't know (invariant 6). Deciding again on a decision's own result changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from payments.core import entitlements as entitle
from payments.core import laid_over, ledger, selling
from payments.core.access import Entitlement
from payments.core.billing import (
    ENDED_STATUSES,
    CreditNote,
    Dispute,
    Ending,
    Invoice,
    InvoiceStatus,
    Purchase,
    PurchaseState,
    Refund,
    Subscription,
    SubscriptionStatus,
)
from payments.core.covering.asking import Asked, asked
from payments.core.covering.bills import Terms
from payments.core.covering.known import Payments, bounced, known_for, known_of, terms_of
from payments.core.covering.want import wanting
from payments.core.endings import with_ending
from payments.core.grace import Grace, no_longer_true, reminder, running_grace
from payments.core.ids import CheckoutId, EntitlementId, InvoiceId, PlanId, PurchaseId, SubscriptionId
from payments.core.late import LateNews, late_news
from payments.core.ledger import Change
from payments.core.notices import (
    PlannedNotice,
    bill_taken_back,
    planned_notices,
    trial_no_longer_charged,
    trial_notice_at,
)
from payments.core.paid import paid_news
from payments.core.snapshot import Snapshot
from payments.core.state import State

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Decision:
    """What changed. ``untrue``: keys of messages that are not to be sent any more.

    ``recheck_at``: the next moment at which time alone changes the answer; None: never.
    """

    subscriptions: tuple[Subscription, ...] = ()
    purchases: tuple[Purchase, ...] = ()
    invoices: tuple[Invoice, ...] = ()
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()
    notes: tuple[CreditNote, ...] = ()
    entitlements: tuple[Entitlement, ...] = ()
    ledger: tuple[Change, ...] = ()
    notices: tuple[PlannedNotice, ...] = ()
    untrue: tuple[str, ...] = ()
    late: tuple[LateNews, ...] = ()
    completed: tuple[CheckoutId, ...] = ()
    recheck_at: int | None = None


def decide(state: State, snapshot: Snapshot, now: int) -> Decision:
    """What follows at `now` (business time) from the stored state and what the provider says."""
    payments = Payments(
        invoices={i.id: i for i in laid_over.invoices(state, snapshot, now)},
        refunds=laid_over.refunds(state, snapshot),
        disputes=laid_over.disputes(state, snapshot),
        notes=laid_over.notes(state, snapshot),
    )
    subscriptions = laid_over.subscriptions(state, snapshot, now)
    wanted = {s.id: wanting(known_of(s, payments), _terms(state, s), now) for s in subscriptions}
    subscriptions = tuple(_with_payments(s, payments, wanted[s.id], now) for s in subscriptions)
    subscriptions = tuple(_with_ending(state, s, payments, now) for s in subscriptions)
    invoices = payments.invoices.values()
    purchases = tuple(_purchase(p, invoices) for p in state.purchases)
    held = {e.id: e for e in state.entitlements}
    entitlements = _entitlements(state, subscriptions, purchases, payments, held, now)
    decided = {**held, **{e.id: e for e in entitlements}}
    of_plan = {s.id: _of_plan(state, s, payments, wanted[s.id], now) for s in subscriptions}
    before = {i.id: i for i in state.invoices}
    graces = {}
    untrue: list[str] = []
    for s in subscriptions:
        failed = {bill: at for bill, at in wanted[s.id].items() if of_plan[s.id][bill]}
        graces[s.id] = running_grace(s, payments, failed, _of_its_plan(s, decided.values()), now)
        untrue += trial_no_longer_charged(s)
        gave, grace = _of_its_plan(s, held.values()), graces[s.id] is not None
        untrue += no_longer_true(s, before, payments, gave, grace=grace)
    return Decision(
        subscriptions=_changed(state.subscriptions, subscriptions),
        purchases=_changed(state.purchases, purchases),
        invoices=_changed(state.invoices, invoices),
        refunds=_changed(state.refunds, payments.refunds),
        disputes=_changed(state.disputes, payments.disputes),
        notes=_changed(state.notes, payments.notes),
        entitlements=tuple(e for e in entitlements if held.get(e.id) != e),
        ledger=_ledger(state, subscriptions, purchases, payments, now),
        notices=(
            *planned_notices(subscriptions, payments, of_plan, decided, state.action_required, now),
            *_questions(state, subscriptions, payments, now),
            *_reminders(subscriptions, graces, now),
            *_paid(state, subscriptions, payments, decided, wanted, now),
        ),
        untrue=tuple(untrue),
        late=late_news(state, subscriptions, payments, decided, now),
        completed=_completed(state, snapshot, purchases),
        recheck_at=_recheck_at(entitlements, subscriptions, payments, graces.values(), now),
    )


def _changed(before: Iterable[object], after: Iterable[_T]) -> tuple[_T, ...]:
    stored = set(before)
    return tuple(row for row in after if row not in stored)


def _terms(state: State, s: Subscription) -> Terms:
    plan = None if s.plan_id is None else state.plans.get(s.plan_id)
    return Terms() if plan is None else terms_of(plan)


def _of_plan(state: State, s: Subscription, payments: Payments, wanted: Iterable[str], now: int) -> Mapping[str, bool]:
    """Of a subscription's bills whose payment is wanting, whether each is for the plan, not for another item."""
    if s.plan_id is None:
        return dict.fromkeys(wanted, False)
    sells = selling.sells(s.plan_id, s.items, state.known)
    plans = wanting(known_of(s, payments), _terms(state, s), now, sells)
    return {id_: id_ in plans for id_ in wanted}


def _questions(
    state: State, subscriptions: Iterable[Subscription], payments: Payments, now: int
) -> list[PlannedNotice]:
    """What the owner is asked now and was not before: more of a kind that was asked about is no second question.

    What is new to us is news, also where it was taken back before we knew its customer: nobody else was ever asked.
    Nobody is put out by it either, for nothing was given yet.
    """
    before = {s.id: s for s in state.subscriptions}
    was = Payments({i.id: i for i in state.invoices}, state.refunds, state.disputes, state.notes)
    found = []
    for s in subscriptions:
        question = question_of(state, s, payments, now)
        stored = before.get(s.id)
        if question is not None and (stored is None or question_of(state, stored, was, now) is None):
            found.append(bill_taken_back(s, question, payments))
    return found


def question_of(state: State, s: Subscription, payments: Payments, now: int) -> Asked | None:
    """What the owner is to be asked about a subscription: whether access is kept although a bill was taken back.

    Not while it is to end by a word given here: then the bill may have been taken back with it, by us.
    """
    if s.plan_id is None or s.plan_id not in state.plans or s.ending in (Ending.AT_ONCE, Ending.PERIOD_END):
        return None
    plan = state.plans[s.plan_id]
    return asked(known_for(plan, s, payments), selling.sells(s.plan_id, s.items, state.known), terms_of(plan), now)


def _with_payments(s: Subscription, payments: Payments, wanted: Mapping[str, int], now: int) -> Subscription:
    """A subscription with what only we know of it: whether it was ever paid, and since when payment is wanting."""
    since = min(wanted.values(), default=None)
    return replace(
        s,
        paid_once=s.paid_once or payments.paid_once(s),
        past_due_since_at=since if s.status is SubscriptionStatus.PAST_DUE else None,
        unpaid_since_at=(s.unpaid_since_at or now) if s.status is SubscriptionStatus.UNPAID else None,
    )


def _with_ending(state: State, s: Subscription, payments: Payments, now: int) -> Subscription:
    """A subscription of ours with what follows for its end; one that sells nothing of ours is the owner's affair."""
    if s.plan_id is None:
        return s
    others = (e for e in state.entitlements if e.source_id != s.id and e.plan_id == s.plan_id and e.opens(now))
    joined_again = any(e.beneficiary_id == s.beneficiary_id for e in others)
    return with_ending(s, known_of(s, payments), _terms(state, s), now, joined_again=joined_again)


def _purchase(purchase: Purchase, invoices: Iterable[Invoice]) -> Purchase:
    """A purchase, paid once its invoice is. What was paid stays paid: a refund is told apart."""
    if purchase.state is PurchaseState.PAID:
        return purchase
    paid = [i for i in invoices if i.purchase_id == purchase.id and i.status is InvoiceStatus.PAID]
    if not paid:
        return purchase
    first = min(paid, key=lambda i: (i.paid_at or i.created_at, i.id))
    paid_at = first.paid_at or first.finalized_at or first.created_at
    return replace(purchase, state=PurchaseState.PAID, invoice_id=first.id, paid_at=paid_at)


# What follows.


def _entitlements(
    state: State,
    subscriptions: Iterable[Subscription],
    purchases: tuple[Purchase, ...],
    payments: Payments,
    held: Mapping[EntitlementId, Entitlement],
    now: int,
) -> tuple[Entitlement, ...]:
    found: list[Entitlement] = []
    failed = [(s.id, {s.payer_id, s.beneficiary_id}) for s in subscriptions if bounced(s, payments)]
    for s in subscriptions:
        others = state.bounced.union(*(people for id_, people in failed if id_ != s.id))
        again = not others.isdisjoint({s.payer_id, s.beneficiary_id})
        found += _of_subscription(state, s, payments, now, bounced_before=again)
    found += entitle.of_purchases(purchases, state.plans, state.prices, payments, held, now)
    return tuple(found)


def _of_subscription(
    state: State, s: Subscription, payments: Payments, now: int, *, bounced_before: bool
) -> list[Entitlement]:
    """What a subscription gives of each plan: that its items sell, that it gave before, and that its bills asked for.

    One that no item sells any more ended with the change, unless that is unpaid and the plan was paid for before. When
    it ended, and why, stays told.
    """
    held = dict(entitle.of_subscription(s, state.entitlements))
    sold = selling.plans_of(s.items, state.known)
    lines = (line for bill in payments.of(s) for line in bill.lines or ())
    first = () if s.plan_id is None else (s.plan_id,)
    found: list[Entitlement] = []
    for plan_id in dict.fromkeys((*first, *sold, *held, *selling.plans_of(lines, state.known))):
        plan, existing = state.plans.get(plan_id), held.get(plan_id)
        if plan is None:
            continue
        running = plan_id == s.plan_id or plan_id in sold
        sells = selling.sells(plan_id, s.items, state.known, told=plan_id != s.plan_id)
        known = known_for(plan, s, payments, bounced_before=bounced_before)
        entitlement = entitle.for_subscription(s, plan, known, sells, held, now)
        if not running and (entitlement is None or not entitlement.opens(now)):
            entitlement = entitlement if existing is not None and existing.opens(now) else existing
        if entitlement is not None:
            held[plan_id] = entitlement
            found.append(entitlement)
    return found


def _of_its_plan(s: Subscription, entitlements: Iterable[Entitlement]) -> Entitlement | None:
    """What a subscription gives of the plan that messages about it name."""
    return None if s.plan_id is None else entitle.of_subscription(s, entitlements).get(s.plan_id)


def _reminders(
    subscriptions: Iterable[Subscription], graces: Mapping[SubscriptionId, Grace | None], now: int
) -> list[PlannedNotice]:
    found = [(s, grace) for s in subscriptions if s.plan_id is not None and (grace := graces[s.id]) is not None]
    return [told for s, grace in found if (told := reminder(s, grace, now)) is not None]


def _paid(
    state: State,
    subscriptions: Iterable[Subscription],
    payments: Payments,
    decided: Mapping[EntitlementId, Entitlement],
    wanted: Mapping[SubscriptionId, Mapping[str, int]],
    now: int,
) -> list[PlannedNotice]:
    """Payments of subscriptions that were known before: a new one's first payment is told otherwise."""
    stored = {s.id for s in state.subscriptions}
    before = {i.id: i for i in state.invoices}
    found: list[PlannedNotice] = []
    for s in subscriptions:
        if s.id in stored:
            entitlement = _of_its_plan(s, decided.values())
            found += paid_news(s, before, payments, entitlement, owes=bool(wanted[s.id]), now=now)
    return found


def _recheck_at(
    entitlements: Iterable[Entitlement],
    subscriptions: Iterable[Subscription],
    payments: Payments,
    graces: Iterable[Grace | None],
    now: int,
) -> int | None:
    moments = [m for e in entitlements if e.access_from is not None for m in (e.access_from, e.access_until)]
    moments += [trial_notice_at(s) for s in subscriptions]
    moments += [grace.reminder_at for grace in graces if grace is not None]
    moments += [i.due_at for s in subscriptions for i in payments.of(s) if i.status is InvoiceStatus.OPEN]
    return min((m for m in moments if m is not None and m > now), default=None)


def _completed(state: State, snapshot: Snapshot, purchases: Iterable[Purchase]) -> tuple[CheckoutId, ...]:
    """Checkout links that led to something."""
    named = [f.refs.checkout_id for f in snapshot.subscriptions or ()]
    bought = [p.checkout_id for p in purchases if p.state is PurchaseState.PAID and p not in state.purchases]
    return tuple(dict.fromkeys([n for n in named if n is not None] + bought))


def _ledger(
    state: State,
    subscriptions: Iterable[Subscription],
    purchases: Iterable[Purchase],
    payments: Payments,
    now: int,
) -> tuple[Change, ...]:
    subscriptions_before = {s.id: s for s in state.subscriptions}
    purchases_before = {p.id: p for p in state.purchases}
    refunds_before = {r.id: r for r in state.refunds}
    disputes_before = {d.id: d for d in state.disputes}
    plans = _plans_by_invoice(subscriptions, purchases, payments)
    changes: list[Change | None] = []
    for s in subscriptions:
        before = subscriptions_before.get(s.id)
        changes.append(ledger.of_subscription(before, s, _changed_at(before, s, payments, now)))
    changes += [ledger.of_purchase(purchases_before[PurchaseId(p.id)], p) for p in purchases]
    for r in payments.refunds:
        changes.append(ledger.of_refund(refunds_before.get(r.id), r, plans.get(r.invoice_id)))
    for d in payments.disputes:
        changes.append(ledger.of_dispute(disputes_before.get(d.id), d, plans.get(d.invoice_id)))
    return tuple(c for c in changes if c is not None)


def _plans_by_invoice(
    subscriptions: Iterable[Subscription], purchases: Iterable[Purchase], payments: Payments
) -> Mapping[InvoiceId | None, PlanId | None]:
    by_subscription = {s.id: s.plan_id for s in subscriptions}
    by_purchase = {p.id: p.plan_id for p in purchases}
    found: dict[InvoiceId | None, PlanId | None] = {None: None}
    for i in payments.invoices.values():
        if i.purchase_id is not None:
            found[i.id] = by_purchase.get(i.purchase_id)
        elif i.subscription_id is not None:
            found[i.id] = by_subscription.get(i.subscription_id)
    return found


def _changed_at(before: Subscription | None, after: Subscription, payments: Payments, now: int) -> int:
    """Stripe's time of a subscription's change, as near as its objects tell it."""
    if after.status in ENDED_STATUSES:
        return now if after.ended_at is None else after.ended_at
    if before is None:
        return after.started_at
    if after.past_due_since_at is not None:
        return after.past_due_since_at
    if before.status is SubscriptionStatus.PAST_DUE:
        paid = [i.paid_at for i in payments.of(after) if i.paid_at is not None]
        return max(paid, default=now)
    return now

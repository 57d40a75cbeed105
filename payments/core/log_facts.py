"""What a community's log tells of: the money of a decision, who joined and left, and when a digest is due. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import Entitlement, Reason, Source
from payments.core.billing import Dispute, DisputeStatus, Invoice, InvoiceStatus, RefundStatus, Subscription
from payments.core.calendar import DAY_MS
from payments.core.decision import Decision
from payments.core.ids import EntitlementId, PersonId, PlanId, SubscriptionId
from payments.core.state import State

HOUR_MS = 3_600_000

DIGEST_HOUR = 8
"""When the digest of a day is written (UTC)."""

GAVE_BACK = frozenset({RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION, RefundStatus.SUCCEEDED})


TOOK_BACK = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})


class LogKind(StrEnum):
    """The kinds of facts; `PAID` is only counted."""

    JOINED = "log_joined"
    RETURNED = "log_returned"
    LEFT = "log_left"
    FAILED = "log_failed"
    RECOVERED = "log_recovered"
    PAID = "log_paid"
    REFUNDED = "log_refunded"
    REFUND_FAILED = "log_refund_failed"
    DISPUTED = "log_disputed"
    DIGEST = "log_digest"
    LEFT_OUT = "log_left_out"


COUNTED_ONLY = frozenset({LogKind.PAID})


class Contest(StrEnum):
    """What a dispute's status means for whoever reads the log."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"


CONTESTS: Mapping[DisputeStatus, Contest] = {
    DisputeStatus.NEEDS_RESPONSE: Contest.OPEN,
    DisputeStatus.UNDER_REVIEW: Contest.OPEN,
    DisputeStatus.APPEAL_NEEDS_RESPONSE: Contest.OPEN,
    DisputeStatus.APPEAL_UNDER_REVIEW: Contest.OPEN,
    DisputeStatus.WON: Contest.WON,
    DisputeStatus.LOST: Contest.LOST,
    DisputeStatus.PREVENTED: Contest.PREVENTED,
}
"""An inquiry is no dispute, and an unknown status says nothing."""


@dataclass(frozen=True, slots=True)
class MoneyFact:
    """Something about a bill. ``at`` is when it happened, as the provider tells it: what is older than the log channel
    is no news. ``amount`` in minor units of ``currency``. Of a failure: whether they have access (``inside``), and
    ``until`` when."""

    kind: LogKind
    key: str
    invoice: Invoice
    at: int
    amount: int
    currency: str
    until: int | None = None
    inside: bool = False
    contest: Contest | None = None


def money_facts(state: State, decision: Decision, now: int) -> list[MoneyFact]:
    """What a decision says of payments, refunds and disputes. The same fact has the same key whenever it is found."""
    before = {i.id: i for i in state.invoices}
    after = {**before, **{i.id: i for i in decision.invoices}}
    subscriptions = {s.id: s for s in state.subscriptions}
    found = _failures(state, decision, after.values(), now)
    for invoice in decision.invoices:
        found += _payments(invoice, before.get(invoice.id), subscriptions)
    fresh = after.keys() - before.keys()
    gave = {r.id for r in state.refunds if r.status in GAVE_BACK}
    for refund in {r.id: r for r in (*state.refunds, *decision.refunds)}.values():
        bill = None if refund.invoice_id is None else after.get(refund.invoice_id)
        news = refund in decision.refunds or refund.invoice_id in fresh
        back = (refund.amount, refund.currency)
        if bill is not None and refund.id in gave and refund.status in TOOK_BACK:
            key = f"refund_failed:{refund.account_id}:{refund.id}"
            found.append(MoneyFact(LogKind.REFUND_FAILED, key, bill, now, *back))
        if bill is not None and news and refund.status in GAVE_BACK:
            key = f"refunded:{refund.account_id}:{refund.id}"
            found.append(MoneyFact(LogKind.REFUNDED, key, bill, refund.created_at, *back))
    disputes = {d.id: d for d in state.disputes}
    for dispute in decision.disputes:
        bill = None if dispute.invoice_id is None else after.get(dispute.invoice_id)
        contest = CONTESTS.get(dispute.status)
        if bill is not None and contest is not None:
            found.append(_contested(dispute, contest, bill, known=dispute.id in disputes, now=now))
    return found


def _failures(state: State, decision: Decision, invoices: Iterable[Invoice], now: int) -> list[MoneyFact]:
    """As the payer is told: `payments.core.notices` says of which bills."""
    told = {
        notice.key: notice
        for notice in decision.notices
        if notice.kind in ("payment_failed", "payment_action_required") and "stays" not in notice.params
    }
    held = {
        (e.account_id, e.source_id, e.plan_id): e
        for e in (*state.entitlements, *decision.entitlements)
        if e.source is Source.SUBSCRIPTION
    }
    found = []
    for invoice in invoices:
        notice = told.get(f"unpaid:{invoice.account_id}:{invoice.id}")
        if notice is not None and invoice.subscription_id is not None:
            e = held.get((invoice.account_id, invoice.subscription_id, notice.plan_id))
            inside = e is not None and e.opens(now)
            until = None if e is None or not inside else e.access_until
            at = invoice.failed_at or invoice.finalized_at or invoice.created_at
            key = f"failed:{invoice.account_id}:{invoice.id}"
            owed = (invoice.amount_remaining, invoice.currency)
            found.append(MoneyFact(LogKind.FAILED, key, invoice, at, *owed, until, inside))
    return found


def _payments(
    invoice: Invoice, before: Invoice | None, subscriptions: Mapping[SubscriptionId, Subscription]
) -> list[MoneyFact]:
    if invoice.status is not InvoiceStatus.PAID or invoice.amount_paid <= 0:
        return []
    at = invoice.paid_at or invoice.finalized_at or invoice.created_at
    name, money = f"{invoice.account_id}:{invoice.id}", (invoice, at, invoice.amount_paid, invoice.currency)
    found = [MoneyFact(LogKind.PAID, f"paid:{name}", *money)]
    subscription = None if invoice.subscription_id is None else subscriptions.get(invoice.subscription_id)
    failed = before is not None and before.status is not InvoiceStatus.PAID and before.failed_at is not None
    if failed and subscription is not None and subscription.paid_once:  # a first payment that failed kept nobody in
        found.append(MoneyFact(LogKind.RECOVERED, f"recovered:{name}", *money))
    return found


def _contested(dispute: Dispute, contest: Contest, bill: Invoice, *, known: bool, now: int) -> MoneyFact:
    return MoneyFact(
        LogKind.DISPUTED,
        f"disputed:{dispute.account_id}:{dispute.id}:{contest}",
        bill,
        now if known else dispute.created_at,
        dispute.amount,
        dispute.currency,
        contest=contest,
    )


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody is a member of a plan now by an entitlement, or no longer."""

    kind: LogKind
    entitlement: Entitlement


@dataclass(frozen=True, slots=True)
class Moves:
    """What the log says of a person's entitlements, and what it knows of each from now on."""

    said: tuple[Move, ...]
    known: Mapping[EntitlementId, bool]


def moves(entitlements: Collection[Entitlement], logged: Mapping[EntitlementId, bool], now: int) -> Moves:
    """Who joined, came back or left, by what the log knows (`logged`): nobody joins twice, or leaves unseen, whatever
    made it so, were it time alone. A plan that one has by several entitlements is left when the last of them ends."""
    said: list[Move] = []
    known: dict[EntitlementId, bool] = {}
    held: dict[tuple[PersonId, PlanId], list[Entitlement]] = {}
    for entitlement in entitlements:
        held.setdefault((entitlement.beneficiary_id, entitlement.plan_id), []).append(entitlement)
    for theirs in held.values():
        inside = [e for e in theirs if e.opens(now)]
        was_in = [e for e in theirs if logged.get(e.id) is True]
        if inside and not was_in:
            back = [e for e in inside if e.id in logged]
            said.append(Move(LogKind.RETURNED, back[0]) if back else Move(LogKind.JOINED, inside[0]))
        if was_in and not inside:
            said.append(Move(LogKind.LEFT, max(was_in, key=lambda e: (e.began_at, e.id))))
        known |= {e.id: True for e in inside if logged.get(e.id) is not True}
        known |= {e.id: False for e in was_in if e not in inside}
    return Moves(tuple(said), known)


def is_trial(entitlement: Entitlement) -> bool:
    """Whether nothing was paid for it yet by intent."""
    return entitlement.reason is Reason.TRIALING


def digest_due(now: int) -> int:
    """The last moment at which a digest was due."""
    shift = DIGEST_HOUR * HOUR_MS
    return (now - shift) // DAY_MS * DAY_MS + shift

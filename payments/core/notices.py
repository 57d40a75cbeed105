"""The private messages that follow from a decision. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from payments.core.access import Entitlement, Source
from payments.core.billing import ENDED_STATUSES, Invoice, InvoiceStatus, Subscription, SubscriptionStatus
from payments.core.calendar import DAY_MS
from payments.core.covering.asking import Asked
from payments.core.covering.known import Payments
from payments.core.entitlements import of_subscription
from payments.core.ids import EntitlementId, InvoiceId, PersonId, PlanId, SubscriptionId

TRIAL_NOTICE_MS = 3 * DAY_MS
"""How long before its first charge a trial's payer is told, as Stripe's `trial_will_end` has it."""


@dataclass(frozen=True, slots=True)
class PlannedNotice:
    """A private message that follows from the decision. ``key`` makes it once; the flow adds the plan's names."""

    key: str
    person_id: PersonId
    kind: str
    plan_id: PlanId
    params: Mapping[str, str | int | None]


def trial_notice_at(s: Subscription) -> int | None:
    """When to tell that a trial becomes a charge; None: it won't."""
    if s.status is not SubscriptionStatus.TRIALING or s.plan_id is None or s.trial_end_at is None:
        return None
    if s.cancel_at is not None and s.cancel_at <= s.trial_end_at:
        return None
    return s.trial_end_at - TRIAL_NOTICE_MS


def _trial_key(s: Subscription) -> str:
    return f"trial_ending:{s.account_id}:{s.id}:{s.trial_end_at}"


def trial_no_longer_charged(s: Subscription) -> list[str]:
    """The key of a trial's message that may wait to be sent, although the trial was cancelled meanwhile."""
    return [_trial_key(s)] if s.status is SubscriptionStatus.TRIALING and trial_notice_at(s) is None else []


def planned_notices(
    subscriptions: Iterable[Subscription],
    payments: Payments,
    wanting: Mapping[SubscriptionId, Mapping[str, bool]],
    entitlements: Mapping[EntitlementId, Entitlement],
    action_required: Collection[InvoiceId],
    now: int,
) -> tuple[PlannedNotice, ...]:
    """What there is to tell of these subscriptions. `entitlements`: all of the persons concerned, as decided.

    `wanting`: of each subscription the bills whose payment is wanting, and whether it is for the plan.
    `action_required`: invoices whose payment waits for the payer's bank.
    """
    ended = {s.id for s in subscriptions if s.status in ENDED_STATUSES}
    found = list(paid_twice((e for e in entitlements.values() if e.source_id not in ended), now))
    for s in subscriptions:
        if s.plan_id is None:
            continue
        told_at = trial_notice_at(s)
        if told_at is not None and s.trial_end_at is not None and told_at <= now < s.trial_end_at:
            found.append(
                PlannedNotice(
                    key=_trial_key(s),
                    person_id=s.payer_id,
                    kind="trial_ending",
                    plan_id=s.plan_id,
                    params={
                        "at": s.trial_end_at,
                        "amount": s.undiscounted_amount,
                        "currency": s.currency,
                        "unit": s.unit,
                        "count": s.count,
                        "discounted": int(s.discounted),
                        "subscription": s.id,
                    },
                )
            )
        if s.status is SubscriptionStatus.PAST_DUE:
            entitlement = of_subscription(s, entitlements.values()).get(s.plan_id)
            owed = [i for i in payments.of(s) if i.status is InvoiceStatus.OPEN and i.amount_remaining > 0]
            unpaid = [i for i in owed if i.id in wanting[s.id]]
            found += _payment_wishes(s, s.plan_id, unpaid, wanting[s.id], entitlement, action_required, now)
    return tuple(found)


def _payment_wishes(
    s: Subscription,
    plan_id: PlanId,
    unpaid: Iterable[Invoice],
    of_plan: Mapping[str, bool],
    entitlement: Entitlement | None,
    action_required: Collection[InvoiceId],
    now: int,
) -> Iterable[PlannedNotice]:
    """One message for each invoice that could not be collected, with the page on which it can be paid."""
    opens = entitlement is not None and entitlement.opens(now)
    for invoice in unpaid:
        params: dict[str, str | int | None] = {"url": invoice.hosted_url}
        action = invoice.id in action_required
        if not of_plan[invoice.id]:
            if action or not opens:
                continue  # it is no matter of this plan, whose messages these are
            params |= {"grace_until_at": None, "stays": 1}
        elif not action:
            params["grace_until_at"] = entitlement.access_until if entitlement is not None and opens else None
        yield PlannedNotice(
            key=f"unpaid:{s.account_id}:{invoice.id}",
            person_id=s.payer_id,
            kind="payment_action_required" if action else "payment_failed",
            plan_id=plan_id,
            params=params,
        )


def bill_taken_back(s: Subscription, asked: Asked, payments: Payments) -> PlannedNotice:
    """Bills that nobody paid were taken back: the payer has nothing to pay, and the contact is asked whether access is
    kept. Once for the oldest of them."""
    assert s.plan_id is not None, "only what sells a plan is asked about"
    return PlannedNotice(
        key=f"taken_back:{s.account_id}:{s.id}:{asked.bills[0]}",
        person_id=s.payer_id,
        kind="bill_taken_back",
        plan_id=s.plan_id,
        params={
            "how": asked.how.value,
            "amount": sum(i.total for i in payments.of(s) if i.id in asked.bills),
            "currency": s.currency,
            "ends_at": asked.ends_at,
            "until": asked.until,
            "subscription": s.id,
            "account": s.account_id,
            "member_id": s.beneficiary_id,
        },
    )


def paid_twice(entitlements: Iterable[Entitlement], now: int) -> Iterable[PlannedNotice]:
    """One plan paid by two subscriptions of one person for one person: two persons who each paid became one, or a
    dashboard sold it. We sell none such. Of entitlements whose subscriptions go on; ``subscriptions``: which, apart by
    spaces."""
    running: dict[tuple[PersonId, PersonId, PlanId], list[str]] = {}
    for e in entitlements:
        if e.source is Source.SUBSCRIPTION and e.opens(now):
            running.setdefault((e.payer_id, e.beneficiary_id, e.plan_id), []).append(e.source_id)
    for (payer_id, _, plan_id), sources in sorted(running.items()):
        if len(sources) > 1:
            params = {"subscriptions": " ".join(sorted(sources))}
            yield PlannedNotice(f"paid_twice:{'+'.join(sorted(sources))}", payer_id, "paid_twice", plan_id, params)

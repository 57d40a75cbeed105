"""Which ends our rows tell beforehand, stored with what a customer's settlement wrote."""

from payments.core.access import Source
from payments.core.billing import ENDED_STATUSES, Ending, Subscription
from payments.core.breaker import Foreseen, end_told
from payments.core.calendar import DAY_MS
from payments.core.decision import Decision
from payments.core.ids import SubscriptionId
from payments.core.state import State
from payments.ports.stores import Transaction

UNPAID_TRIAL_MS = DAY_MS
"""Longer than a provider's first bill after a trial stays a draft before its payment is tried."""


async def foresee_ends(tx: Transaction, state: State, decision: Decision, now: int) -> None:
    """Which ends are known beforehand. One that somebody asked for in our chat counts as known all along.

    Also of what did not change: a trial that is paid for, or ends later, leaves its entitlement as it is, and what an
    older version stored told no end.
    """
    before = {s.id: s for s in state.subscriptions}
    after = before | {s.id: s for s in decision.subscriptions}
    for e in {e.id: e for e in (*state.entitlements, *decision.entitlements)}.values():
        id_ = SubscriptionId(e.source_id)
        s, was = (after.get(id_), before.get(id_)) if e.source is Source.SUBSCRIPTION else (None, None)
        changed = e in decision.entitlements
        if not changed and (s is None or (e.access_until is None and s.trial_end_at is None)):
            continue
        asked = was is not None and was.ending in (Ending.AT_ONCE, Ending.PERIOD_END) and was.ending_for is None
        if e.opens(now) or (e.access_from is not None and e.access_from > now):
            told = end_told(e, None if s is None else _trial_end(s, now))
            end = None if told is None else Foreseen(told[0], 0 if asked else now, told[1])
            await tx.entitlements.foresee(e.id, end)
        elif changed and asked and s is not None and s.status in ENDED_STATUSES:
            await tx.entitlements.foresee(e.id, Foreseen(now, 0, e.reason))


def _trial_end(s: Subscription, now: int) -> int | None:
    """When the trial of a subscription ends, or ended lately, that nothing was paid for yet."""
    recent = s.trial_end_at is not None and now < s.trial_end_at + UNPAID_TRIAL_MS
    return s.trial_end_at if recent and not s.paid_once else None

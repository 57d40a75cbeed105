"""Subscriptions whose payment was taken back: each ends with its period; of several at once the contact is asked."""

from dataclasses import replace

from payments.core.billing import ENDED_STATUSES, Ending, Subscription
from payments.core.community import Community
from payments.core.decision import Decision
from payments.core.state import State
from payments.flows import endings
from payments.flows.endings import By
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.context import AppContext
from payments.ports.stores import Transaction

AT_ONCE_MAX = 3
"""So many in a community end by themselves within `WINDOW_MS`; beyond it somebody may have refunded by mistake."""

WINDOW_MS = 3_600_000
"""As one pass: whoever refunds a list of members does it within the hour, by the provider's time."""


async def weigh(
    app: AppContext, tx: Transaction, state: State, decision: Decision, now: int
) -> tuple[Decision, bool, bool]:
    """The decision with each new end, or its undoing, stored as a call; or with a question to the contact in its place.

    Also whether there is something to ask of the provider, and whether there is a message.
    """
    before = {s.id: s.ending for s in state.subscriptions}
    new = [s for s in decision.subscriptions if s.ending is not None and s.ending is not before.get(s.id)]
    asked: dict[str, Subscription] = {}
    told = False
    for n, s in enumerate(new):
        community = await _decides(tx, state, s, n, now) if s.ending is Ending.PERIOD_END else None
        if community is not None:
            asked[s.id] = replace(s, ending=Ending.ASKED)
            told |= await _ask(tx, community, now)
        elif s.ending in (Ending.PERIOD_END, Ending.KEEP):
            await endings.store(tx, app, s, s.ending, By.PAYMENT, at_once=True)
    held = {s.id: before[s.id] for s in decision.subscriptions if await _waits(tx, s, before.get(s.id))}
    subscriptions = tuple(asked.get(s.id, s) for s in decision.subscriptions)
    subscriptions = tuple(replace(s, ending=held[s.id]) if s.id in held else s for s in subscriptions)
    return replace(decision, subscriptions=subscriptions), len(new) > len(asked), told


async def _waits(tx: Transaction, s: Subscription, wanted: Ending | None) -> bool:
    """Whether a wish that the provider seems to show done has a call ahead: it may have been asked before the wish."""
    if s.ending is not None or s.status in ENDED_STATUSES or wanted not in (Ending.PERIOD_END, Ending.KEEP):
        return False
    return await tx.requests.waits(endings.KIND, s.account_id, s.id)


async def _decides(tx: Transaction, state: State, s: Subscription, beside: int, now: int) -> Community | None:
    """The community whose contact says whether it ends; None: it ends by itself."""
    plan = None if s.plan_id is None else state.plans.get(s.plan_id)
    community = None if plan is None else await tx.communities.get(plan.community_id)
    if community is None or community.contact_id is None:
        return None
    if community.breaker_tripped_at is not None:
        return community
    at = s.ending_for_at or now
    lately = await tx.billing.ended_for_payment(community.id, at - WINDOW_MS, at + WINDOW_MS)
    return community if lately + beside >= AT_ONCE_MAX else None


async def _ask(tx: Transaction, community: Community, now: int) -> bool:
    params = {"community": community.name, "id": community.id}
    key = f"endings_asked:{community.id}:{now // WINDOW_MS}"
    return await enqueue_contact_notice(tx, now, community, "endings_asked", key, params)

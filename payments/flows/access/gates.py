"""What holds a removal back: our clock is wrong, settlements are under way, or too many would be put out at once."""

import logging

from payments.core import breaker
from payments.core.audit import AuditKind
from payments.core.breaker import End
from payments.core.ids import CommunityId
from payments.core.refusals import Cause
from payments.flows.access.breaker import removals, tell
from payments.flows.access.outcomes import Delivery, DeliveryJob, audit, refusal
from payments.flows.runtime.clock_guard import clock_is_right
from payments.flows.runtime.context import AppContext
from payments.ports.stores import QueueName, Retry, Transaction

HOLD_REVOKES_MS = 60_000
"""Revokes wait at most so long for customers to be settled, so that the breaker sees a whole pass."""

HELD_RETRY_MS = 1_000
HELD_GRACE_MS = 5 * 60_000
"""Ended grace periods that are held back are weighed again so often: the breaker of what comes by surprise is not
theirs."""

HELD_CLOCK_MS = 10 * 60_000
"""What waits for the clock goes on as soon as that is seen to be right (`clock_guard.look`), or then."""

MEMBERS_MAX = 1_000_000

CLOCK_WRONG = "waits until our clock is right"
HELD = "held by the breaker"
UNSETTLED = "waits until all customers are settled"
"""Why a removal waits: stored as its effect's `last_error`."""

log = logging.getLogger(__name__)


async def clock_gate(app: AppContext, job: DeliveryJob) -> Delivery | None:
    """Nobody goes by a clock that is wrong, be it released or agreed. It is looked at twice before that is told: a
    provider's clock and ours may be set one after the other."""
    if await clock_is_right(app):
        return None
    again = job.effect.last_error == CLOCK_WRONG
    refused = refusal(app, job, Cause.CLOCK) if again else None
    retry = Retry(CLOCK_WRONG, app.machine.now() + (HELD_CLOCK_MS if again else HELD_RETRY_MS), refused=refused)
    async with app.store.transaction() as tx:
        await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
    return Delivery.HELD


async def breaker_gate(app: AppContext, job: DeliveryJob) -> Delivery | None:
    """Before anything is taken: let settlements finish, then weigh what all of them would take (invariant 6)."""
    if job.effect.breaker_passed or not job.access.applied:
        return None  # released by an admin; or not known to be inside: not counted, so no admin could release it
    now = app.machine.now()
    async with app.store.transaction() as tx:
        community = await tx.communities.get(job.community.id)
        assert community is not None
        grace = job.effect.ended is End.GRACE
        if community.breaker_tripped_at is not None and not grace:
            await tx.accesses.failed(job.effect, job.lease, Retry(HELD, now), counts=False)
            return Delivery.HELD
        if now - job.effect.opened_at < HOLD_REVOKES_MS and await tx.customers.unsettled():
            retry = Retry(UNSETTLED, now + HELD_RETRY_MS)
            await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
            return Delivery.HELD
        if not await (_graces_are_many if grace else _surprises_are_many)(app, tx, community.id, now):
            return None
        tripped = await tx.communities.trip_breaker(community.id, now, app.business.now())
        if tripped:
            await _tell_of_breaker(app, tx, job)
        await tx.accesses.failed(job.effect, job.lease, Retry(HELD, now + grace * HELD_GRACE_MS), counts=False)
    app.wake(QueueName.NOTICES)
    return Delivery.TRIPPED if tripped else Delivery.HELD


async def _surprises_are_many(app: AppContext, tx: Transaction, community_id: CommunityId, now: int) -> bool:
    settings = app.settings
    since, percent, least = now - settings.breaker_window_ms, settings.breaker_percent, settings.breaker_members
    weighed = await tx.accesses.revoke_count(community_id, since)
    revokes = weighed.pending + weighed.recent
    members = await tx.accesses.members(community_id, since, breaker.enough_members(revokes, percent, least))
    return breaker.trips(revokes, members, percent, least)


async def _graces_are_many(app: AppContext, tx: Transaction, community_id: CommunityId, now: int) -> bool:
    settings = app.settings
    since, percent, least = now - settings.breaker_window_ms, settings.breaker_percent, settings.breaker_members
    weighed = await tx.accesses.revoke_count(community_id, since, End.GRACE)
    ended = weighed.pending + weighed.recent
    if ended <= least:
        return False
    lately = await tx.accesses.graces_ended(community_id, since - breaker.USUAL_MS, since)
    members = await tx.accesses.members(community_id, since, MEMBERS_MAX)
    return breaker.graces_trip(ended, members, lately, percent, least)


async def _tell_of_breaker(app: AppContext, tx: Transaction, job: DeliveryJob) -> None:
    """The contact is told how many removals wait, as `/breaker` counts them: not those that were weighed with them."""
    pending = await removals(tx, job.community.id)
    await audit(app, tx, job, AuditKind.BREAKER_TRIPPED, count=len(pending))
    members = len({access.person_id for access in pending})
    detail = f"{members} members would lose access at once; everybody is kept in until an admin decides"
    log.warning("breaker of %s (%s): %s with /breaker", job.community.name, job.community.id, detail)
    await tell(app, tx, job.community, pending)
    if job.community.contact_id is None:
        log.error("%s has no contact; /settings contact_me:True makes an admin one", job.community.id)

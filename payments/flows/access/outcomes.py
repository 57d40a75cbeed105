"""What giving and taking have in common: the case at hand, what can come of it, and how that is stored and told."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.access import Access, EffectState, Source
from payments.core.audit import AuditKind
from payments.core.catalog import Plan
from payments.core.changes import Thing, facts
from payments.core.community import Community, Identity, Place, Target
from payments.flows.access import faults
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.retry import backoff_ms
from payments.ports.chat import Blocked
from payments.ports.stores import Effect, Lease, LeaseLost, QueueName, Retry, Transaction

CALL_MS = 16_000
"""A call's time limit of 15 s, with a second to store its answer: what a lease must still last to begin one."""

BLOCKED_MAX = 200
LINES_MAX = 200


class Delivery(StrEnum):
    """What came of one delivery; counted in the metrics."""

    GRANTED = "granted"
    KEPT = "kept"  # held before we came: neither given nor ever taken
    REVOKED = "revoked"
    NOTHING = "nothing"  # nothing of ours to take
    WAITING = "waiting"
    BLOCKED = "blocked"
    HELD = "held"  # a revoke that waits for the breaker to see everything
    TRIPPED = "tripped"
    BUSY = "busy"
    FAILED = "failed"
    DEAD = "dead"
    PARTED = "parted"  # taken from a former account of the person; the present one is next
    MOVED_ON = "moved_on"  # made so, but by now something else may be wanted: it stays open
    LOST = "lost"  # another worker has taken it over


@dataclass(frozen=True, slots=True)
class DeliveryJob:
    """Everything that one delivery works on, read in one commit.

    ``user_id``: the person's account there now. ``name``: what they are called in this community.
    ``contested``: a former person's access is not yet taken from it.
    """

    effect: Effect
    lease: Lease
    access: Access
    target: Target
    community: Community
    plan: Plan | None
    user_id: str | None
    contested: bool
    name: str | None

    @property
    def former(self) -> str | None:
        """An account that has it, or may have it, and is not the person's any more."""
        return self.access.user_id if self.access.user_id != self.user_id else None


def time_left(app: AppContext, job: DeliveryJob) -> bool:
    """Whether a call begun now ends before the lease does: a late answer must never meet another worker's call."""
    return app.delivering() and app.machine.now() + CALL_MS < job.lease.until


async def recover_lost_lease(
    app: AppContext, job: DeliveryJob, user_id: str, storing: Awaitable[Delivery], *, gave: bool = False
) -> Delivery:
    """What `storing` says; where another took this over meanwhile, that other makes right what we did too late.

    A process that stood still (a paused machine) may act after its lease: what it gave is ours all the same, so that
    it can be taken again (invariant 7). The account may be another person's by now: both are looked at again.
    """
    try:
        return await storing
    except LeaseLost:
        async with app.store.transaction() as tx:
            now_of = await tx.identities.of(Identity(job.target.platform, user_id))
            persons = {job.effect.person_id, now_of or job.effect.person_id}
            await tx.identities.lock(persons)
            for person_id in sorted(persons):
                if gave:
                    await tx.accesses.given_late(person_id, job.effect.target_id, user_id)
                await tx.accesses.reopen(person_id, job.effect.target_id, app.machine.now())
            known = [await tx.accesses.get(person_id, job.effect.target_id) for person_id in persons]
            if gave and now_of is not None and not any(known):  # forgotten: the place was taken out meanwhile
                late = replace(job.access, applied=False, held_before=False, applied_at=None, user_id=user_id)
                await tx.person_merges.put_hold(now_of, late, app.business.now(), app.machine.now())
        app.wake(QueueName.EFFECTS)
        return Delivery.LOST


async def done(app: AppContext, tx: Transaction, job: DeliveryJob, *, applied: bool) -> bool:
    """The platform confirmed; False when something else was decided meanwhile."""
    now, machine_now = app.business.now(), app.machine.now()
    return await tx.accesses.done(job.effect, job.lease, applied=applied, now=now, machine_now=machine_now)


async def reschedule(app: AppContext, job: DeliveryJob, ms: int, why: str) -> Delivery:
    """The platform asks to wait or can't be reached: that is no attempt of ours."""
    async with app.store.transaction() as tx:
        retry = Retry(why, app.machine.now() + ms)
        await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
    return Delivery.BUSY


async def fail(app: AppContext, job: DeliveryJob, why: str, kind: AuditKind) -> Delivery:
    """It did not work: tried again with backoff, given up in the end, and then an admin is told."""
    attempts = job.effect.attempts + 1
    dead = attempts >= app.settings.attempts_max
    async with app.store.transaction() as tx:
        retry = Retry(why, app.machine.now() + backoff_ms(attempts, None), dead=dead)
        await tx.identities.lock([job.effect.person_id])
        await tx.accesses.failed(job.effect, job.lease, retry)
        if dead and job.access.wanted:
            await announce(app, tx, job)
        await audit(app, tx, job, kind, attempt=attempts)
        if dead:
            key = f"given_up:{job.effect.person_id}:{job.effect.target_id}:{job.access.wanted_at}"
            params = {"target": job.target.name, "member": job.name, "detail": why}
            await enqueue_contact_notice(tx, app.business.now(), job.community, "given_up", key, params)
    app.wake(QueueName.NOTICES)
    return Delivery.DEAD if dead else Delivery.FAILED


async def block(app: AppContext, job: DeliveryJob, outcome: Blocked, verb: str) -> Delivery:
    """An admin must act. The contact is told once a cause until it works again, not once a member of the same cause.

    A cause that is no member's keeps the target from being sold too, from this commit on.
    """
    error, place = f"{outcome.code}: {outcome.detail}", Place(job.target.platform, job.target.place_id)
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        known = await tx.accesses.effects(
            community_id=job.community.id, states={EffectState.BLOCKED}, limit=BLOCKED_MAX
        )
        gone = verb == "give" and outcome.code in ("target_gone", "banned")  # then they don't have it any more
        await tx.accesses.park(job.effect, job.lease, EffectState.BLOCKED, error, absent=gone)
        await audit(app, tx, job, AuditKind.BLOCKED, verb=verb, code=outcome.code)
        if verb == "give":
            await announce(app, tx, job)
        now = app.business.now()
        again = (job.effect.last_error or "").startswith(f"{outcome.code}:")  # cleared when it works
        first = await tx.accesses.told(job.effect.person_id, job.effect.target_id, now) or not again
        same = any(e.target_id == job.target.id and (e.last_error or "").startswith(f"{outcome.code}:") for e in known)
        changed = await faults.learn(app, tx, place, {job.target: outcome}, faults.Tell.LATER)
        if await _told(tx, job, outcome):
            if verb == "give":
                await _tell_paid(app, tx, job)
        elif first and not same:
            key = f"blocked:{job.effect.person_id}:{job.target.id}:{outcome.code}:{now}"
            params = {
                "target": job.target.name,
                "member": job.name,
                "code": outcome.code,
                "detail": outcome.detail,
                "plans": [plan.name for plan in changed.stopped],
            }
            await enqueue_contact_notice(tx, now, job.community, "blocked", key, params)
            await faults.told(app, tx, place, outcome.code)
    faults.wake(app)
    return Delivery.BLOCKED


async def _told(tx: Transaction, job: DeliveryJob, outcome: Blocked) -> bool:
    """Whether the contact knows already that nobody can be given it for this cause."""
    target = await tx.communities.target(job.target.id)
    return target is not None and target.fault == outcome.code and target.fault_told_at is not None


async def _tell_paid(app: AppContext, tx: Transaction, job: DeliveryJob) -> None:
    """Somebody paid by a link that was open still, and never had what it opens: money is at stake, so the contact hears
    of them too."""
    entitlement = None if job.access.entitlement_id is None else await tx.entitlements.get(job.access.entitlement_id)
    if job.plan is None or entitlement is None or entitlement.source not in (Source.SUBSCRIPTION, Source.PURCHASE):
        return
    for line in await tx.audit_log.of_person(job.effect.person_id, LINES_MAX):
        if (line.target_id, line.action) == (job.target.id, AuditKind.GRANTED) and line.at >= entitlement.began_at:
            return
    params = {**about(job), "target": job.target.name, "member": job.name}
    key = f"paid_not_given:{entitlement.id}"
    await enqueue_contact_notice(tx, app.business.now(), job.community, "paid_not_given", key, params)


async def announce(app: AppContext, tx: Transaction, job: DeliveryJob) -> None:
    """Tell the person once an entitlement's accesses are open: those that are, when none is under way any more. What
    was taken since, and is wanted again, is told once each time that it is.

    Whichever is the last to be given, parked or given up. The person is locked, so that one of two sees the other.
    """
    if job.plan is None:
        return
    opened: list[str] = []
    again: list[str] = []
    for other in await tx.accesses.of([job.effect.person_id]):
        if other.entitlement_id != job.access.entitlement_id or not other.wanted:
            continue
        if other.applied:
            target = await tx.communities.target(other.target_id)
            assert target is not None
            opened.append(target.name)
            if other.wanted_at == job.access.wanted_at and await tx.accesses.revoked(other.person_id, target.id):
                again.append(target.name)
        else:
            effect = await tx.accesses.effect(other.person_id, other.target_id)
            if effect is not None and effect.state is EffectState.OPEN:
                return  # its own delivery tells
    if not opened:
        return
    key = f"access_opened:{job.access.entitlement_id}"
    now, params = app.business.now(), {**about(job), "targets": sorted(opened)}
    first = await enqueue_notice(tx, now, job.effect.person_id, "access_opened", key, params)
    if not first and again:
        key = f"access_back:{job.access.entitlement_id}:{job.access.wanted_at}"
        await enqueue_notice(
            tx, now, job.effect.person_id, "access_back", key, {**about(job), "targets": sorted(again)}
        )


def about(job: DeliveryJob) -> dict[str, object]:
    """What every message about a membership names."""
    assert job.plan is not None
    return {"plan": job.plan.name, "community": job.community.name}


async def audit(app: AppContext, tx: Transaction, job: DeliveryJob, kind: AuditKind, **things: Thing) -> None:
    """A line of the audit about this access."""
    await record_audit(
        tx,
        app.business.now(),
        kind,
        facts(target=job.target.name, **things),
        community_id=job.community.id,
        person_id=job.effect.person_id,
        target_id=job.target.id,
    )

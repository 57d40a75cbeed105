"""What giving and taking have in common: the case at hand, what can come of it, and how that is stored and told."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from enum import StrEnum

from payments.core.access import Access, EffectState, Reason, Source
from payments.core.audit import AuditKind
from payments.core.catalog import Plan
from payments.core.changes import Thing, facts
from payments.core.community import Community, Identity, Place, Target
from payments.core.ids import SubscriptionId
from payments.core.refusals import Cause, cause_of, pause_ms
from payments.flows.access import alarms, faults
from payments.flows.messages import enqueue_contact_notice, enqueue_notice
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.ports.chat import Blocked, Busy, Failed
from payments.ports.stores import Effect, Lease, LeaseLost, QueueName, Refused, Retry, Transaction

CALL_MS = 16_000
"""A call's time limit of 15 s, with a second to store its answer: what a lease must still last to begin one."""

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
    ``contested``: a former person's access is not yet taken from it. ``held_up``: something is refused in that place.
    ``asks``: the account asked to be let in, and may be waiting for an answer.
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
    held_up: bool
    asks: bool

    @property
    def ours(self) -> bool:
        """Whether it is ours to take: we gave it, or the owner said that what was there before is ours too."""
        return self.access.held_before is False or (self.access.held_before is True and self.target.adopted is True)

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
    """It has to wait for something of ours: that is no attempt, and no refusal."""
    async with app.store.transaction() as tx:
        retry = Retry(why, app.machine.now() + ms)
        await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
    return Delivery.BUSY


async def put_off(app: AppContext, job: DeliveryJob, busy: Busy) -> Delivery:
    """The platform asks to wait, or can't be reached: that is no attempt of ours."""
    async with app.store.transaction() as tx:
        retry = Retry(busy.detail, app.machine.now() + busy.retry_after_ms, refused=refusal(app, job, busy.cause))
        await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
    return Delivery.BUSY


async def wait_out(app: AppContext, job: DeliveryJob, failed: Failed, kind: AuditKind) -> Delivery:
    """An answer that nobody knows confirms nothing: it is waited for with growing pauses, and never given up."""
    refused = refusal(app, job, Cause.UNKNOWN)
    now = app.machine.now()
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        retry = Retry(failed.detail, now + pause_ms(now - refused.since_at), refused=refused)
        await tx.accesses.failed(job.effect, job.lease, retry, counts=False)
        if _news(job, Cause.UNKNOWN):
            await audit(app, tx, job, kind, attempt=1)
            if job.access.wanted:
                await announce(app, tx, job)
    app.wake(QueueName.NOTICES)
    return Delivery.FAILED


async def block(app: AppContext, job: DeliveryJob, outcome: Blocked, verb: str) -> Delivery:
    """Somebody must act. The contact is told once a cause and place, however many members it holds up.

    A cause that is no member's keeps the target from being sold too, from this commit on.
    """
    cause = cause_of(outcome.code)
    refused = refusal(app, job, cause)
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        gone = verb == "give" and cause in (Cause.TARGET_GONE, Cause.BANNED)  # then they don't have it any more
        error = f"{outcome.code}: {outcome.detail}"
        await tx.accesses.park(job.effect, job.lease, EffectState.BLOCKED, error, absent=gone, refused=refused)
        if _news(job, cause):
            await audit(app, tx, job, AuditKind.BLOCKED, verb=verb, code=outcome.code)
        if verb == "give":
            await announce(app, tx, job)
            if _news(job, cause) and await _told(tx, job, cause):
                await _tell_paid(app, tx, job)
        place = Place(job.target.platform, job.target.place_id)
        await faults.learn(app, tx, place, {job.target: outcome}, faults.Tell.LATER)
    faults.wake(app)
    if _news(job, cause):
        await alarms.look(app)
    return Delivery.BLOCKED


async def _told(tx: Transaction, job: DeliveryJob, cause: Cause) -> bool:
    """Whether the contact knows already that nobody can be given it for this cause."""
    target = await tx.communities.target(job.target.id)
    return target is not None and target.fault == cause and target.fault_told_at is not None


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


def refusal(app: AppContext, job: DeliveryJob, cause: Cause) -> Refused:
    """A refusal of now, which began with the first one for the same cause."""
    since_at = None if _news(job, cause) else job.effect.refused_at
    return Refused(cause, app.machine.now() if since_at is None else since_at)


def _news(job: DeliveryJob, cause: Cause) -> bool:
    """Whether it was not refused for the same cause before."""
    return job.effect.cause != cause


async def store_fault(app: AppContext, tx: Transaction, effect: Effect, lease: Lease, retry: Retry) -> None:
    """A fault in our own code: tried again with backoff, given up in the end, and then the contact is told."""
    await tx.accesses.failed(effect, lease, retry)
    target = await tx.communities.target(effect.target_id) if retry.dead else None
    community = None if target is None else await tx.communities.get(target.community_id)
    if target is None or community is None:
        return
    member = await name_in(tx, community.id, effect.person_id, target.platform)
    key = f"given_up:{effect.person_id}:{effect.target_id}:{effect.seq}"
    params = {"target": target.name, "member": member}
    await enqueue_contact_notice(tx, app.business.now(), community, "given_up", key, params)


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
            if effect is not None and effect.state is EffectState.OPEN and effect.cause != Cause.UNKNOWN:
                return  # its own delivery tells
    if not opened:
        return
    key = f"access_opened:{job.access.entitlement_id}"
    now, params = app.business.now(), {**about(job), "targets": sorted(opened)}
    first = await enqueue_notice(
        tx, now, job.effect.person_id, "access_opened", key, {**params, **await _login(tx, job.access)}
    )
    if not first and again:
        key = f"access_back:{job.access.entitlement_id}:{job.access.wanted_at}"
        params = {**about(job), "targets": sorted(again)}
        until = await _paid_until(tx, job)
        params |= {} if until is None else {"until": until}
        await enqueue_notice(tx, now, job.effect.person_id, "access_back", key, params)


async def _paid_until(tx: Transaction, job: DeliveryJob) -> int | None:
    """Until when a subscription is paid that gives this access; None: it is none, or has an end of its own."""
    id_ = job.access.entitlement_id
    entitlement = None if id_ is None else await tx.entitlements.get(id_)
    if entitlement is None or entitlement.source is not Source.SUBSCRIPTION or entitlement.account_id is None:
        return None
    sold = await tx.billing.subscription(entitlement.account_id, SubscriptionId(entitlement.source_id))
    if sold is None or entitlement.reason is not Reason.PAID or entitlement.access_until is not None:
        return None
    return sold.period_end_at


async def _login(tx: Transaction, access: Access) -> dict[str, object]:
    """The way to cancel without the chat, where something renews and there is one."""
    entitlement = None if access.entitlement_id is None else await tx.entitlements.get(access.entitlement_id)
    if entitlement is None or entitlement.source is not Source.SUBSCRIPTION or entitlement.account_id is None:
        return {}
    account = await tx.provider_accounts.get(entitlement.account_id)
    return {"login": account.login_url} if account is not None and account.login_url else {}


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

"""The door: makes one access right on its platform (invariants 4 to 7).

An effect says "make this person's access to this target right". What is right is computed here, at the moment of
delivery; whether it became right, the platform says. Each step is safe to die after: what was asked is asked again,
giving and taking twice is the same as once, and provenance is committed before the first grant.
"""

import logging
from collections.abc import Awaitable, Mapping
from typing import assert_never

from payments.core.access import EffectState
from payments.core.audit import AuditKind
from payments.core.changes import On, Said, Word, because
from payments.core.community import Place, Platform
from payments.core.refusals import Cause
from payments.flows.access import alarms, faults
from payments.flows.access.desired import sync_desired_access
from payments.flows.access.gates import HELD_RETRY_MS, breaker_gate, clock_gate
from payments.flows.access.outcomes import (
    Delivery,
    DeliveryJob,
    about,
    announce,
    audit,
    block,
    done,
    put_off,
    recover_lost_lease,
    reschedule,
    time_left,
    wait_out,
)
from payments.flows.messages import enqueue_notice
from payments.flows.runtime.context import AppContext, id_for
from payments.flows.runtime.names import name_in
from payments.ports.chat import Blocked, Busy, Done, Failed, Holding, NotThere, Outcome
from payments.ports.stores import Effect, Lease, LeaseLost, PersonsMerged, QueueName, Refused, Retry, Transaction

NO_PLATFORM_RETRY_MS = 30_000

NO_ACCOUNT = "has no account on {platform} that we know"
NOT_THERE = "is not in the server or chat"
RULES_FIRST = "has not accepted the rules of the server"
"""Why an effect waits although the platform could be asked: stored as its `last_error`."""

log = logging.getLogger(__name__)


async def deliver_effect(app: AppContext, effect: Effect, lease: Lease) -> Delivery:
    """Make an access right as it is wanted now. Raises `StoreUnavailable`; what the platform says is in the answer."""
    try:
        job = await _open(app, effect, lease)
        if job.access.wanted:
            return await _grant(app, job)
        return await _revoke(app, job)
    except (LeaseLost, PersonsMerged):
        return Delivery.LOST


async def _open(app: AppContext, effect: Effect, lease: Lease) -> DeliveryJob:
    """Compute what is wanted now, and store it where it changed since the decision."""
    async with app.store.transaction() as tx:
        await tx.identities.lock([effect.person_id])
        await sync_desired_access(app, tx, [effect.person_id])
        access = await tx.accesses.get(effect.person_id, effect.target_id)
        stored = await tx.accesses.effect(effect.person_id, effect.target_id)
        target = await tx.communities.target(effect.target_id)
        if access is None or stored is None:
            raise LeaseLost("the person was merged with another, and this access with it")
        assert target is not None, "an access hangs on its target by a foreign key"
        community = await tx.communities.get(target.community_id)
        assert community is not None, "a target hangs on its community by a foreign key"
        identities = await tx.identities.identities(effect.person_id)
        entitlement = None if access.entitlement_id is None else await tx.entitlements.get(access.entitlement_id)
        place = Place(target.platform, target.place_id)
        user_id = next((i.user_id for i in identities if i.platform is target.platform), None)
        return DeliveryJob(
            effect=stored,
            lease=lease,
            access=access,
            target=target,
            community=community,
            plan=None if entitlement is None else await tx.plans.get(entitlement.plan_id),
            user_id=user_id,
            contested=user_id is not None
            and await tx.accesses.held_by_another(effect.person_id, effect.target_id, user_id),
            name=await name_in(tx, community.id, effect.person_id, target.platform),
            held_up=await tx.accesses.refused_in(place),
            asks=user_id is not None and await tx.chat_rooms.asks(place, user_id),
        )


async def _worked(app: AppContext, job: DeliveryJob, storing: Awaitable[Delivery]) -> Delivery:
    """The platform confirmed what we did: what was refused there before goes on."""
    came = await storing
    if job.held_up:
        await alarms.go_on(app, job.target)
    return came


# -- giving ------------------------------------------------------------------------------------------------------------


async def _grant(app: AppContext, job: DeliveryJob) -> Delivery:
    platform = app.platforms.get(job.target.platform)
    if platform is None:
        return await reschedule(app, job, NO_PLATFORM_RETRY_MS, f"{job.target.platform} is not connected")
    if job.former is not None:
        return await _part(app, job, job.former)
    if job.user_id is None:
        return await _not_linked(app, job)
    if job.contested:
        return await reschedule(app, job, HELD_RETRY_MS, "is being taken from the account for its former person")
    if job.access.held_before is not False:
        # Never asked, or it was there before us: ask (again), so that we never claim to have given what was there.
        held = await platform.holds(job.user_id, job.target)
        if not isinstance(held, Holding):
            return await _not_given(app, job, held)
        if held.held:
            return await _keep(app, job, job.user_id)
        if held.pending and not job.community.skips_rules:
            return await _rules_first(app, job)
        async with app.store.transaction() as tx:
            await tx.identities.lock([job.effect.person_id])
            await tx.accesses.provenance(job.effect, job.lease, held_before=False, user_id=job.user_id)
    if not time_left(app, job):
        return await reschedule(app, job, 0, "the lease was nearly over")
    plan = "membership" if job.plan is None else job.plan.name
    reason = f"Guestlist: member of {plan}"
    outcome = await platform.give(job.user_id, job.target, reason, skips_rules=job.community.skips_rules)
    if isinstance(outcome, Done):
        return await _worked(app, job, recover_lost_lease(app, job, job.user_id, _given(app, job), gave=True))
    return await _not_given(app, job, outcome)


async def _keep(app: AppContext, job: DeliveryJob, user_id: str) -> Delivery:
    """The person held it before we came: it counts as open, and is not ours to take."""
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        await tx.accesses.provenance(job.effect, job.lease, held_before=True, user_id=user_id)
        still = await done(app, tx, job, applied=True)
        if not (job.access.applied and job.access.held_before):
            await audit(app, tx, job, AuditKind.KEPT)
        if still:
            await announce(app, tx, job)
    app.wake(QueueName.NOTICES)
    return Delivery.KEPT if still else Delivery.MOVED_ON


async def _given(app: AppContext, job: DeliveryJob) -> Delivery:
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        still = await done(app, tx, job, applied=True)
        if job.target.fault is not None:  # it works again
            await faults.works(app, tx, job.target)
        if job.asks and job.user_id is not None:
            await tx.chat_rooms.end_ask(Place(job.target.platform, job.target.place_id), job.user_id)
        await audit(app, tx, job, AuditKind.GRANTED, reason=because(job.access.reason))
        if still:
            await announce(app, tx, job)
    faults.wake(app)
    return Delivery.GRANTED if still else Delivery.MOVED_ON


async def _not_given(app: AppContext, job: DeliveryJob, outcome: Outcome) -> Delivery:
    match outcome:
        case NotThere(way_in=way_in):
            return await _not_there(app, job, way_in)
        case Blocked(code=Cause.SCREENING):
            return await _rules_first(app, job)
        case Blocked():
            return await block(app, job, outcome, "give")
        case Busy():
            return await put_off(app, job, outcome)
        case Failed():
            return await wait_out(app, job, outcome, AuditKind.GRANT_FAILED)
        case Done():
            raise AssertionError("a question was answered with Done")
        case _:
            assert_never(outcome)


async def _not_linked(app: AppContext, job: DeliveryJob) -> Delivery:
    """We don't know who the person is on that platform: told once for each membership how to link."""
    platform = job.target.platform
    key = f"not_linked:{job.effect.person_id}:{job.access.entitlement_id}:{platform}"
    params = {"target": job.target.name, "platform": platform.value}
    why = NO_ACCOUNT.format(platform=platform)
    return await _wait(app, job, why, kind="not_linked", key=key, params=params, unlinked=platform)


async def _not_there(app: AppContext, job: DeliveryJob, way_in: str | None) -> Delivery:
    """The person is not in the server or chat. They are told of a way in whenever access opens again or it changes."""
    key = f"not_there:{job.effect.person_id}:{job.access.entitlement_id}"
    if way_in is None:
        return await _wait(app, job, NOT_THERE, kind="not_there", key=key, params={})
    key = f"come_in:{job.effect.person_id}:{job.target.id}:{job.access.wanted_at}:{id_for('way', way_in)}"
    params = {"target": job.target.name, "url": way_in}
    return await _wait(app, job, NOT_THERE, kind="come_in", key=key, params=params)


async def _rules_first(app: AppContext, job: DeliveryJob) -> Delivery:
    """A role would let the person skip the rules of the server: they are told once a membership to accept them."""
    key = f"accept_rules:{job.effect.person_id}:{job.target.id}:{job.access.entitlement_id}"
    params = {"target": job.target.name}
    refused = Refused(Cause.SCREENING, app.machine.now())
    return await _wait(app, job, RULES_FIRST, kind="accept_rules", key=key, params=params, refused=refused)


async def _wait(
    app: AppContext,
    job: DeliveryJob,
    why: str,
    *,
    kind: str,
    key: str,
    params: Mapping[str, object],
    unlinked: Platform | None = None,
    refused: Refused | None = None,
) -> Delivery:
    """A bot can't bring anyone: opened again when they come. They are told once for the key.

    `unlinked`: where no account of theirs is known.
    """
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        await tx.accesses.park(job.effect, job.lease, EffectState.WAITING, why, absent=True, refused=refused)
        await audit(app, tx, job, AuditKind.WAITING, **({} if unlinked is None else {"platform": On(unlinked)}))
        await announce(app, tx, job)
        if job.plan is not None:
            await enqueue_notice(tx, app.business.now(), job.effect.person_id, kind, key, {**about(job), **params})
    app.wake(QueueName.NOTICES)
    return Delivery.WAITING


# -- taking ------------------------------------------------------------------------------------------------------------


async def _revoke(app: AppContext, job: DeliveryJob) -> Delivery:
    if (stopped := await clock_gate(app, job)) is not None:
        return stopped
    if job.asks and job.user_id is not None and (stopped := await _turn_away(app, job, job.user_id)) is not None:
        return stopped
    if not job.ours:
        return await _leave_alone(app, job)
    account = job.access.user_id or job.user_id
    if account is None:
        return await _taken(app, job, Word.NO_ACCOUNT)
    if (stopped := await breaker_gate(app, job)) is not None:
        return stopped
    cause = "" if job.access.reason is None else f" ({job.access.reason.replace('_', ' ')})"
    gone = await _take(app, job, account, f"Guestlist: membership ended{cause}")
    if isinstance(gone, Delivery):
        return gone
    storing = recover_lost_lease(app, job, account, _taken(app, job, gone))
    return await (storing if gone is not None else _worked(app, job, storing))


async def _turn_away(app: AppContext, job: DeliveryJob, user_id: str) -> Delivery | None:
    """They asked to be let in while they were on the list, and are on it no more: no, and why. None once it is said."""
    platform = app.platforms.get(job.target.platform)
    if platform is None:
        return await reschedule(app, job, NO_PLATFORM_RETRY_MS, f"{job.target.platform} is not connected")
    outcome = await platform.turn_away(user_id, job.target)
    if not isinstance(outcome, Done | NotThere):
        return await _not_taken(app, job, outcome)
    async with app.store.transaction() as tx:
        await tx.chat_rooms.end_ask(Place(job.target.platform, job.target.place_id), user_id)
        if isinstance(outcome, Done):
            await _tell_ended(app, tx, job)
    return None


async def _part(app: AppContext, job: DeliveryJob, former: str) -> Delivery:
    """The account left the person: what we gave it is taken first; only then is the present account's turn."""
    if not job.ours:
        return await recover_lost_lease(app, job, former, _parted(app, job, former, taken=False))
    gone = await _take(app, job, former, "Guestlist: the membership is another account's now")
    if isinstance(gone, Delivery):
        return gone
    storing = recover_lost_lease(app, job, former, _parted(app, job, former, taken=True, gone=gone))
    return await (storing if gone is not None else _worked(app, job, storing))


async def _parted(app: AppContext, job: DeliveryJob, former: str, *, taken: bool, gone: Word | None = None) -> Delivery:
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        await tx.accesses.forget(job.effect, job.lease, parted=True)
        again = Retry("taken from the former account", app.machine.now())
        await tx.accesses.failed(job.effect, job.lease, again, counts=False)
        await audit(app, tx, job, AuditKind.PARTED, account=former, taken=taken, gone=_said(gone))
    app.wake(QueueName.EFFECTS)
    return Delivery.PARTED


async def _take(app: AppContext, job: DeliveryJob, user_id: str, reason: str) -> Word | Delivery | None:
    """Take it from an account: None once confirmed, or why it was gone already; or what came of the delivery."""
    platform = app.platforms.get(job.target.platform)
    if platform is None:
        return await reschedule(app, job, NO_PLATFORM_RETRY_MS, f"{job.target.platform} is not connected")
    if not time_left(app, job):
        return await reschedule(app, job, 0, "the lease was nearly over")
    outcome = await platform.take(user_id, job.target, reason)
    match outcome:
        case Done():
            return None
        case NotThere():
            return Word.NOT_THERE
        case Blocked(code=Cause.TARGET_GONE):
            return Word.TARGET_GONE
        case _:
            return await _not_taken(app, job, outcome)


async def _not_taken(app: AppContext, job: DeliveryJob, outcome: Blocked | Busy | Failed) -> Delivery:
    match outcome:
        case Blocked():
            return await block(app, job, outcome, "take")
        case Busy():
            return await put_off(app, job, outcome)
        case Failed():
            return await wait_out(app, job, outcome, AuditKind.REVOKE_FAILED)
        case _:
            assert_never(outcome)


async def _leave_alone(app: AppContext, job: DeliveryJob) -> Delivery:
    """Never given by us, or held before we came: nothing is taken (invariant 7)."""
    async with app.store.transaction() as tx:
        if job.access.held_before:
            await tx.identities.lock([job.effect.person_id])
            await tx.accesses.forget(job.effect, job.lease)
        still = await done(app, tx, job, applied=False)
        if job.access.held_before:
            await audit(app, tx, job, AuditKind.KEPT)
    if not still:
        return Delivery.MOVED_ON
    return Delivery.KEPT if job.access.held_before else Delivery.NOTHING


async def _taken(app: AppContext, job: DeliveryJob, gone: Word | None) -> Delivery:
    """Confirmed gone. Provenance is forgotten: what a moderator gives from now on is the moderator's."""
    async with app.store.transaction() as tx:
        await tx.identities.lock([job.effect.person_id])
        await tx.accesses.forget(job.effect, job.lease, taken_at=app.machine.now())
        still = await done(app, tx, job, applied=False)
        await audit(app, tx, job, AuditKind.REVOKED, reason=because(job.access.reason), gone=_said(gone))
        if still:
            await _tell_ended(app, tx, job)
    app.wake(QueueName.NOTICES)
    return Delivery.REVOKED if still else Delivery.MOVED_ON


async def _tell_ended(app: AppContext, tx: Transaction, job: DeliveryJob) -> None:
    """The person hears once for each end that it ended, and why."""
    if job.plan is None or job.access.reason is None:
        return
    key = f"access_ended:{job.access.entitlement_id}:{job.access.wanted_at}"
    params = {**about(job), "reason": job.access.reason.value}
    await enqueue_notice(tx, app.business.now(), job.effect.person_id, "access_ended", key, params)


def _said(word: Word | None) -> Said | None:
    return None if word is None else Said(word)

"""Free memberships: given and ended by admins."""

from collections.abc import Collection
from dataclasses import replace

from payments.core.access import Entitlement, Reason, Source
from payments.core.audit import AuditKind
from payments.core.billing import Customer, SnapshotPart
from payments.core.breaker import Foreseen
from payments.core.calendar import DAY_MS
from payments.core.catalog import Plan
from payments.core.changes import Moment, Said, Thing, Word, same
from payments.core.entitlements import entitlement_id as id_of
from payments.core.ids import CommunityId, CustomerId, PersonId, PlanId
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext, id_for, new_id
from payments.flows.runtime.locking import lock_found
from payments.ports.stores import QueueName, Transaction


async def give_comp(
    app: AppContext,
    *,
    plan_id: PlanId,
    person_id: PersonId,
    days: int | None,
    actor: PersonId,
    key: str | None = None,
) -> Entitlement:
    """Give a plan as a present, for some days or (None) for good. Access follows from the settlement it asks for.

    `key`: the same for the same order, should it come twice; the second gives nothing more.
    """
    now = app.business.now()
    source_id = id_for("cmp", key)
    line = Entitlement(
        id=id_of(Source.COMP, app.first_account.id, source_id),
        source=Source.COMP,
        source_id=source_id,
        account_id=None,
        plan_id=plan_id,
        payer_id=actor,
        beneficiary_id=person_id,
        began_at=now,
        access_from=now,
        access_until=None if days is None else now + days * DAY_MS,
        reason=Reason.COMP,
    )
    async with app.store.transaction() as tx:
        meant = await tx.identities.lock([person_id])
        line = replace(line, beneficiary_id=meant[person_id])
        given = await tx.entitlements.get(line.id)
        if given is not None:
            return given
        await tx.entitlements.put(line)
        if line.access_until is not None:
            await tx.entitlements.foresee(line.id, Foreseen(line.access_until, now, line.reason))
        await _decide_anew(app, tx, line.beneficiary_id, now)
        await _audit(app, tx, line, actor, AuditKind.COMP_GIVEN, (None, _until(line.access_until)))
    app.wake(QueueName.CUSTOMERS)
    app.wake(QueueName.NOTICES)
    return line


async def paid_beside(app: AppContext, person_id: PersonId, plan_id: PlanId) -> Entitlement | None:
    """What else than presents gives a person this plan now: a present runs beside it, and puts nothing off."""
    async with app.store.transaction() as tx:
        meant = (await tx.identities.living([person_id]))[person_id]
        held = await tx.entitlements.of([meant])
    now = app.business.now()
    found = [e for e in held if e.plan_id == plan_id and e.beneficiary_id == meant and e.opens(now)]
    paid = [e for e in found if e.source in (Source.SUBSCRIPTION, Source.PURCHASE)]
    return max(paid, key=lambda e: (_goes_on(e), e.access_until or 0), default=None)


def _goes_on(e: Entitlement) -> bool:
    """Whether it is charged again: a grace period's end is none of what is paid."""
    return e.source is Source.SUBSCRIPTION and (e.access_until is None or e.reason is Reason.GRACE)


async def end_comp(app: AppContext, *, source_id: str, community_id: CommunityId, actor: PersonId) -> Plan | None:
    """End a present now and say of which plan; None if it is none of this community's, or is over already."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        found = await _given(tx, source_id)
        plan = await tx.plans.get(found.plan_id) if found else None
        if found is None or plan is None or plan.community_id != community_id:
            return None

        async def given_to() -> Collection[PersonId]:
            held = await tx.entitlements.get(found.id)
            return () if held is None else [held.beneficiary_id]

        await lock_found(tx, given_to)
        line = await tx.entitlements.get(found.id)
        if line is None or not line.opens(now):
            return None
        await tx.entitlements.put(replace(line, access_until=now, reason=Reason.ENDED))
        await _decide_anew(app, tx, line.beneficiary_id, now)
        until = (_until(line.access_until), Moment(now))
        await _audit(app, tx, line, actor, AuditKind.COMP_ENDED, until)
    app.wake(QueueName.CUSTOMERS)
    app.wake(QueueName.NOTICES)
    return plan


async def _given(tx: Transaction, source_id: str) -> Entitlement | None:
    """A present. Its id was made with the account that was the first one then."""
    ids = [id_of(Source.COMP, account.id, source_id) for account in await tx.provider_accounts.all()]
    found = [await tx.entitlements.get(entitlement_id) for entitlement_id in ids]
    return next((line for line in found if line is not None), None)


async def _decide_anew(app: AppContext, tx: Transaction, person_id: PersonId, now: int) -> None:
    """Mark the person's customer on the first account, made if there is none: its settlement decides on all the
    person's entitlements, and wakes again when the present ends. Other accounts may leave the configuration."""
    customers = [c for c in await tx.customers.of_person(person_id) if c.account_id == app.first_account.id]
    if not customers:
        row = Customer(
            id=CustomerId(new_id("cus")),
            person_id=person_id,
            account_id=app.first_account.id,
            currency=app.first_account.currency,
            stripe_id=None,
            email=None,
        )
        customers = [await tx.customers.ensure(row, now)]
    await tx.customers.mark([customers[0].id], SnapshotPart.ALL, now)


async def _audit(
    app: AppContext,
    tx: Transaction,
    line: Entitlement,
    actor: PersonId,
    kind: AuditKind,
    until: tuple[Thing, Thing],
) -> None:
    plan = await tx.plans.get(line.plan_id)
    assert plan is not None, "an entitlement names a plan that is stored"
    await record_act(
        app,
        tx,
        kind,
        {"plan": same(plan.name), "until": until},
        actor=actor,
        community_id=plan.community_id,
        person_id=line.beneficiary_id,
        key=f"{kind}:{line.source_id}",
        told=True,
    )


def _until(at: int | None) -> Thing:
    return Said(Word.FOR_GOOD) if at is None else Moment(at)

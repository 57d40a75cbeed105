"""The guest list of persons, as wanted access: computed over everything they have, stored where it differs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from payments.core.access import Access, EffectState, Entitlement, Reason, desired_access, reaches, reason_at
from payments.core.breaker import End, end_of
from payments.core.catalog import PlanTarget
from payments.core.ids import PersonId, TargetId
from payments.flows.community_log import tell_members
from payments.flows.runtime.context import AppContext
from payments.ports.stores import Transaction


@dataclass(frozen=True, slots=True)
class AccessChange:
    """What is wanted of a person's target changed. ``entitlement``: what opened it, or what last did."""

    person_id: PersonId
    target_id: TargetId
    wanted: bool
    entitlement: Entitlement | None
    reason: Reason | None


async def sync_desired_access(
    app: AppContext,
    tx: Transaction,
    person_ids: Collection[PersonId],
    pending_since_at: int | None = None,
    *,
    asked: bool = False,
) -> Sequence[AccessChange]:
    """Store what these persons should have now, over all their entitlements of all customers and accounts.

    The caller has locked the persons in this transaction (invariant 2). An effect is opened where what is wanted
    flips, or where it is done and yet not so; a mere change of reason opens none. The log of their communities gets its
    lines in the same commit. `asked`: what ends here ends because one of them said so in our chat, and is no accident.
    """
    now, machine_now = app.business.now(), app.machine.now()
    entitlements = await tx.entitlements.of(person_ids)
    links = await tx.plans.targets({e.plan_id for e in entitlements})
    desired = desired_access(entitlements, links, now)
    stored = {(a.person_id, a.target_id): a for a in await tx.accesses.of(person_ids)}
    over: dict[PersonId, list[Entitlement]] = {}
    for ended in entitlements:
        if _is_over(ended, now):
            over.setdefault(ended.beneficiary_id, []).append(ended)
    flips: list[AccessChange] = []
    for key in sorted(stored.keys() | desired.keys()):
        held = stored.get(key)
        entitlement = desired.get(key)
        wanted = entitlement is not None
        if held is None and not wanted:
            continue
        reason = None if entitlement is None else entitlement.reason
        if entitlement is None and held is not None:
            entitlement = _last(held, over.get(key[0], []), links)
            reason = None if entitlement is None else reason_at(entitlement, now)
        access = Access(
            person_id=key[0],
            target_id=key[1],
            wanted=wanted,
            applied=held is not None and held.applied,
            held_before=None if held is None else held.held_before,
            entitlement_id=None if entitlement is None else entitlement.id,
            reason=reason,
            wanted_at=now,
            applied_at=None if held is None else held.applied_at,
            user_id=None if held is None else held.user_id,
        )
        if held is None or held.wanted is not wanted:
            end = None if wanted else End.AGREED if asked else await _end(tx, entitlement, now)
            await tx.accesses.want(access, machine_now, pending_since_at, end)
            flips.append(AccessChange(key[0], key[1], wanted, entitlement, reason))
            continue
        if replace(access, wanted_at=held.wanted_at) != held:
            await tx.accesses.explain(access)
        if held.applied is not wanted:
            effect = await tx.accesses.effect(*key)
            if effect is not None and effect.state is EffectState.DONE:
                await tx.accesses.reopen(*key, machine_now)
    await tell_members(app, tx, entitlements)
    return flips


async def _end(tx: Transaction, entitlement: Entitlement | None, now: int) -> End | None:
    """What kind of end it is, for the breaker."""
    foreseen = None if entitlement is None else await tx.entitlements.foreseen(entitlement.id)
    return end_of(entitlement, foreseen, now)


def _is_over(entitlement: Entitlement, now: int) -> bool:
    return not entitlement.opens(now) and (entitlement.access_from is None or entitlement.access_from <= now)


def _last(access: Access, over: Sequence[Entitlement], links: Iterable[PlanTarget]) -> Entitlement | None:
    """Which of a person's ended entitlements says why an access is no longer wanted: who gave it, else the youngest.

    None when none of them ended: then the target was taken off the plan, or the plan was changed for another.
    """
    gave = next((e for e in over if e.id == access.entitlement_id), None)
    if gave is not None:
        return gave
    open_to = [link for link in links if link.target_id == access.target_id]
    named = [e for e in over if any(reaches(e, link) for link in open_to)]
    return max(named, key=lambda e: (e.began_at, e.id), default=None)

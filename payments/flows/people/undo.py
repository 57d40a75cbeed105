"""Accounts are parted for somebody: one that was replaced takes back what it pays, or an admin parts two of a person.

Neither gives anybody what another account paid for: each keeps its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from payments.core.access import Entitlement, Source, reaches
from payments.core.audit import AuditKind
from payments.core.changes import Changes
from payments.core.community import Identity, Platform
from payments.core.ids import CommunityId, PersonId
from payments.flows.messages import enqueue_notice, record_act
from payments.flows.people import merge
from payments.flows.people.merge import open_plans
from payments.flows.runtime.context import AppContext
from payments.ports.stores import AccountMove, LinkedAccount, QueueName, Transaction


class NotUndone(StrEnum):
    """Why an account takes nothing back."""

    GONE = "gone"  # unknown, none of its own, undone already, or nothing is left to undo
    LATE = "late"  # three days are over: an admin can part them


@dataclass(frozen=True, slots=True)
class Undone:
    """What an account handed over is its own again. ``beside``: the account that it may ask to be linked to again;
    None: that one has parted from the account that came, and what it pays is for nobody else any more."""

    beside: LinkedAccount | None


async def undo(app: AppContext, who: Identity, move_id: str) -> Undone | NotUndone:
    """An account that was replaced takes back what it pays; a second press says the same. Linking it again takes two
    more yeses (`link.ask_back`)."""
    async with app.store.transaction() as tx:
        move = await tx.moves.get(move_id)
        if move is None or move.left != who:
            return NotUndone.GONE
        if move.until_at <= app.business.now():
            return NotUndone.GONE if move.undone else NotUndone.LATE
        kept = await tx.person_merges.account(move.kept)
        assert kept is not None, "no account is ever forgotten"
        await merge.lock(tx, (move.left, move.kept, move.came), [move])
        beside = await tx.identities.of(move.kept) == await tx.identities.of(move.came)  # nobody has unlinked them
        if not beside and not await tx.moves.handed_over([move.id]):
            return NotUndone.GONE
        holders = await merge.undo(app, tx, move) if await tx.moves.undone(move.id) else ()
        for holder in holders:
            params = {"platform": who.platform.value}
            await enqueue_notice(
                tx, app.business.now(), holder, "move_undone", f"move_undone:{move.id}:{holder}", params
            )
    for queue in (QueueName.EFFECTS, QueueName.CUSTOMERS, QueueName.NOTICES, QueueName.REQUESTS):
        app.wake(queue)
    return Undone(kept if beside else None)


# -- by an admin -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Side:
    """What one account keeps in this community."""

    platform: Platform
    plans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """A person whose accounts an admin may part: what each keeps. ``replaced``: it takes back what it handed over, from
    an account that is not linked to it any more."""

    keeps: tuple[Side, ...]
    replaced: bool


class NotParted(StrEnum):
    """Why an admin parts no accounts."""

    NONE = "none"  # there is nothing to part, or nothing of theirs to know
    MEMBERS_OWN = "members_own"  # it would change more than this community: the member can do it


async def sides(app: AppContext, person_id: PersonId, community_id: CommunityId) -> Sides | NotParted:
    """What an admin of this community would part, or why not."""
    async with app.store.transaction() as tx:
        found = await _sides(app, tx, person_id, community_id)
    return found if isinstance(found, NotParted) else found[0]


async def part(app: AppContext, person_id: PersonId, community_id: CommunityId, actor: PersonId) -> Sides | NotParted:
    """An admin parts a person's accounts; everybody concerned is told, the contact too, and it stands in the audit."""
    async with app.store.transaction() as tx:
        await merge.lock(tx, await tx.identities.identities(person_id), await tx.moves.of_person(person_id))
        found = await _sides(app, tx, person_id, community_id)
        if isinstance(found, NotParted):
            return found
        done, move = found
        now = app.business.now()
        if move is None:
            stays, goes = await merge.unmerge(app, tx, person_id)
            for account, other in ((stays, goes), (goes, stays)):
                whose = await tx.identities.of(account.identity)
                assert whose is not None, "no account is ever forgotten"
                params = {"platform": other.identity.platform.value}
                await enqueue_notice(tx, now, whose, "parted", f"parted:{whose}:{now}", params)
        else:
            for holder in await merge.give_back(app, tx, move, community_id):
                params = {"platform": move.left.platform.value}
                await enqueue_notice(tx, now, holder, "move_undone", f"given_back:{move.id}:{holder}:{now}", params)
        await record_act(
            app,
            tx,
            AuditKind.PARTED,
            _changes(done),
            actor=actor,
            community_id=community_id,
            person_id=person_id,
            told=True,
        )
    for queue in (QueueName.EFFECTS, QueueName.CUSTOMERS, QueueName.NOTICES, QueueName.REQUESTS):
        app.wake(queue)
    return done


def _changes(parted: Sides) -> Changes:
    """By platform alone: what an account elsewhere is called is nobody's business here."""
    keeps = tuple(f"{side.platform.title()}: {', '.join(side.plans)}" for side in parted.keeps if side.plans)
    linked = tuple(side.platform.title() for side in parted.keeps)
    return {"keeps": (None, keeps)} if parted.replaced else {"linked": (linked, None), "keeps": (None, keeps or None)}


async def _sides(
    app: AppContext, tx: Transaction, person_id: PersonId, community_id: CommunityId
) -> tuple[Sides, AccountMove | None] | NotParted:
    """Only where both sides bought, or hold by what was bought, something here: what else somebody is, elsewhere, is
    none of an admin's business, and a comp that an admin gives makes it none."""
    if len(await tx.person_merges.accounts(person_id)) > 1:
        return await _linked(app, tx, person_id, community_id)
    for move in await tx.moves.of_person(person_id):
        handed = await _here(tx, await tx.moves.handed_over([move.id]), community_id)
        if _bought(handed):
            kept = Side(move.left.platform, await open_plans(app, tx, handed))
            return Sides((kept,), replaced=True), move
    return NotParted.NONE


async def _linked(
    app: AppContext, tx: Transaction, person_id: PersonId, community_id: CommunityId
) -> tuple[Sides, None] | NotParted:
    stays, goes, origins = await merge.origin_accounts(tx, person_id)
    gone = await tx.person_merges.would_go(person_id, [origin.id for origin in origins])
    everything = await tx.entitlements.of([person_id])
    here = await _here(tx, everything, community_id)
    held = await _held(tx, person_id, _bought(here))
    keeps = []
    for account, own in (
        (stays, [e for e in here if e.id not in gone]),
        (goes, [e for e in here if e.id in gone]),
    ):
        platform = account.identity.platform
        if not _bought(own) and platform not in held:
            return NotParted.NONE
        keeps.append(Side(platform, await open_plans(app, tx, own)))
    if await _has_elsewhere(app, tx, person_id, [e for e in everything if e not in here], community_id):
        return NotParted.MEMBERS_OWN
    return Sides(tuple(keeps), replaced=False), None


def _bought(entitlements: Sequence[Entitlement]) -> list[Entitlement]:
    return [e for e in entitlements if e.source is not Source.COMP]


async def _held(tx: Transaction, person_id: PersonId, bought: Sequence[Entitlement]) -> set[Platform]:
    """On which platforms an account holds, or held, what these entitlements open."""
    opened = await tx.plans.targets([e.plan_id for e in bought])
    covered = {row.target_id for row in opened if any(reaches(e, row) for e in bought)}
    found = set()
    for access in await tx.accesses.of([person_id]):
        target = await tx.communities.target(access.target_id)
        if target is not None and target.id in covered and access.user_id is not None:
            found.add(target.platform)
    return found


async def _has_elsewhere(
    app: AppContext, tx: Transaction, person_id: PersonId, others: Sequence[Entitlement], community_id: CommunityId
) -> bool:
    """Whether parting would touch another community: something is in use there, or still held."""
    now = app.business.now()
    if any([await merge.in_use(tx, e, now) for e in others]):
        return True
    for access in await tx.accesses.of([person_id]):
        target = await tx.communities.target(access.target_id)
        if target is not None and target.community_id != community_id and (access.wanted or access.applied):
            return True
    return False


async def _here(tx: Transaction, entitlements: Sequence[Entitlement], community_id: CommunityId) -> list[Entitlement]:
    found = []
    for entitlement in entitlements:
        plan = await tx.plans.get(entitlement.plan_id)
        if plan is not None and plan.community_id == community_id:
            found.append(entitlement)
    return found

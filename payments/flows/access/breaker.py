"""The breaker as an admin sees it: what is held back, to go on with, or to forget."""

from collections.abc import Sequence
from dataclasses import dataclass

from payments.core.access import Access
from payments.core.audit import AuditKind
from payments.core.billing import SnapshotPart
from payments.core.calendar import DAY_MS
from payments.core.changes import Changes
from payments.core.community import Community, Target
from payments.core.ids import CommunityId, CustomerId, PersonId
from payments.flows.messages import enqueue_contact_notice, record_act
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in
from payments.ports.stores import QueueName, Transaction

SHOWN_MAX = 15
NAMES_MAX = 15
REMIND_MS = DAY_MS
CONCERNED_MAX = 10_000
"""More than any community's pending removals; a list without a bound could fill the memory."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A removal that waits: whose, of what, and why. `plan`: the name of the plan that gave it, where it is known."""

    member: str | None
    target: Target
    access: Access
    plan: str | None


@dataclass(frozen=True, slots=True)
class Breaker:
    """The breaker of a community. `tripped_at` is business time, as a reader sees it; `shown` is a part of `count`."""

    tripped_at: int | None
    count: int
    shown: tuple[HeldBack, ...]


@dataclass(frozen=True, slots=True)
class NotTripped:
    """Nothing is held back: somebody decided already."""


@dataclass(frozen=True, slots=True)
class Grown:
    """More is held back than the admin saw; nothing was done."""

    count: int


@dataclass(frozen=True, slots=True)
class Released:
    """So many removals are done now."""

    count: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many customers the provider is asked about again."""

    customers: int


async def removals(tx: Transaction, community_id: CommunityId) -> Sequence[Access]:
    """The removals that wait or are on their way, the first that came first: what is counted, listed and decided on."""
    return await tx.accesses.pending_revokes(community_id, CONCERNED_MAX)


async def tell(
    app: AppContext, tx: Transaction, community: Community, pending: Sequence[Access], since_at: int | None = None
) -> None:
    """Tell the contact that so many removals wait; `since_at`: again, of what they were told then."""
    now = app.business.now()
    names: set[str | None] = set()
    for access in pending[:NAMES_MAX]:
        target = await tx.communities.target(access.target_id)
        assert target is not None, "an access names a target that is stored"
        names.add(await name_in(tx, community.id, access.person_id, target.platform))
    params: dict[str, object] = {
        "community": community.name,
        "count": len(pending),
        "members": sorted(name for name in names if name is not None),
    }
    if since_at is not None:
        params["since_at"] = since_at
    await enqueue_contact_notice(tx, now, community, "breaker", f"breaker:{community.id}:{now}", params)


async def remind(app: AppContext) -> int:
    """Remind the contacts once a day of what is held back still; of how many communities. Raises `StoreUnavailable`."""
    now, reminded = app.business.now(), 0
    async with app.store.transaction() as tx:
        for community in await tx.communities.held_since(now - REMIND_MS):
            assert community.breaker_tripped_at is not None, "only those are found"
            pending = await removals(tx, community.id)
            if await tx.communities.tell_breaker(community.id, now) and pending:
                since_at = community.breaker_tripped_at + now - app.machine.now()
                await tell(app, tx, community, pending, since_at)
                reminded += 1
    if reminded:
        app.wake(QueueName.NOTICES)
    return reminded


async def view(app: AppContext, community_id: CommunityId) -> Breaker:
    """What is held back, or (when not tripped) on its way."""
    async with app.store.transaction() as tx:
        community = await tx.communities.get(community_id)
        assert community is not None, "the caller found the community"
        pending = await removals(tx, community_id)
        shown: list[HeldBack] = []
        for access in pending[:SHOWN_MAX]:
            target = await tx.communities.target(access.target_id)
            assert target is not None, "an access names a target that is stored"
            name = await name_in(tx, community_id, access.person_id, target.platform)
            shown.append(HeldBack(name, target, access, await _plan(tx, access)))
    tripped_at = community.breaker_tripped_at
    if tripped_at is not None:
        tripped_at += app.business.now() - app.machine.now()
    return Breaker(tripped_at, len(pending), tuple(shown))


async def _plan(tx: Transaction, access: Access) -> str | None:
    entitlement = None if access.entitlement_id is None else await tx.entitlements.get(access.entitlement_id)
    plan = None if entitlement is None else await tx.plans.get(entitlement.plan_id)
    return None if plan is None else plan.name


async def release(
    app: AppContext, community_id: CommunityId, *, seen: int, actor: PersonId
) -> Released | Grown | NotTripped:
    """Let the removals pass that the admin saw; when there are more by now, do nothing and say so."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])  # of two who decide at once the second finds it decided
        community = await tx.communities.get(community_id)
        if community is None or community.breaker_tripped_at is None:
            return NotTripped()
        pending = await removals(tx, community_id)
        if len(pending) > seen:
            return Grown(len(pending))
        released = await tx.accesses.pass_breaker(community_id, app.machine.now())
        await tx.communities.reset_breaker(community_id)
        held_back: Changes = {"held_back": (released, 0)}
        await record_act(app, tx, AuditKind.BREAKER_GO_ON, held_back, actor=actor, community_id=community_id)
    app.wake(QueueName.EFFECTS)
    return Released(released)


async def reset(app: AppContext, community_id: CommunityId, *, actor: PersonId) -> Forgotten | NotTripped:
    """Reset the breaker and ask the provider again about everyone affected; the breaker weighs its answer afresh."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])  # of two who decide at once the second finds it decided
        community = await tx.communities.get(community_id)
        if community is None or community.breaker_tripped_at is None:
            return NotTripped()
        pending = await removals(tx, community_id)
        for access in pending:  # young again, so that they wait for the answers before they are weighed
            await tx.accesses.reopen(access.person_id, access.target_id, app.machine.now())
        customers = await _customers(app, tx, pending)
        await tx.customers.mark(customers, SnapshotPart.ALL, app.business.now())
        await tx.communities.reset_breaker(community_id)
        held_back: Changes = {"held_back": (len(pending), 0)}
        await record_act(app, tx, AuditKind.BREAKER_FORGET, held_back, actor=actor, community_id=community_id)
    app.wake(QueueName.CUSTOMERS)
    app.wake(QueueName.EFFECTS)
    return Forgotten(len(customers))


async def _customers(app: AppContext, tx: Transaction, pending: Sequence[Access]) -> list[CustomerId]:
    found: list[CustomerId] = []
    for person_id in sorted({access.person_id for access in pending}):
        found += [customer.id for customer in await tx.customers.of_person(person_id)]
    return found

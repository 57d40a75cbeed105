"""Roles that people had before Guestlist sold them: theirs to keep, or Guestlist's from now on, as the owner says."""

from dataclasses import dataclass

from payments.core.audit import AuditKind
from payments.core.changes import same
from payments.core.community import Place, Target, TargetKind
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.flows.messages import record_act
from payments.flows.runtime.context import AppContext
from payments.ports.stores import QueueName

PAGES_MAX = 5
"""So many pages of members are looked at: somebody waits for the answer."""


@dataclass(frozen=True, slots=True)
class Already:
    """How many have a role that we didn't give them. ``more``: the server has more members than were looked at."""

    target: Target
    count: int
    more: bool


async def had_already(app: AppContext, target: Target) -> Already | None:
    """Who has a role that nobody has said anything about yet; None: nobody, it was said, or the platform lists none."""
    platform = app.platforms.get(target.platform)
    if target.adopted is not None or target.kind is not TargetKind.ROLE or platform is None:
        return None
    place, after, found = Place(target.platform, target.place_id), None, 0
    for _ in range(PAGES_MAX):
        listed = await platform.holders(place, after)
        if listed is None:
            return None
        found += sum(target.external_id in roles for _, roles in listed.rows)
        after = listed.next
        if after is None:
            break
    async with app.store.transaction() as tx:
        count = found - await tx.accesses.given(target.id)
    return Already(target, count, after is not None) if count > 0 else None


async def role(app: AppContext, community_id: CommunityId, target_id: TargetId) -> Target | None:
    """A role of this community that a plan opens, or did."""
    async with app.store.transaction() as tx:
        target = await tx.communities.target(target_id)
    here = target is not None and target.community_id == community_id and target.kind is TargetKind.ROLE
    return target if here else None


async def decide(
    app: AppContext, community_id: CommunityId, target_id: TargetId, *, adopted: bool, actor: PersonId
) -> Target | None:
    """Store the owner's word; it holds for every end from now on, and takes nothing by itself. None: no such role."""
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])
        target = await tx.communities.target(target_id)
        if target is None or target.community_id != community_id or target.kind is not TargetKind.ROLE:
            return None
        if target.adopted is adopted:
            return target
        await tx.communities.adopt(target_id, adopted=adopted)
        kind = AuditKind.ROLE_ADOPTED if adopted else AuditKind.ROLE_LEFT
        what = {"what": same(target.name)}
        await record_act(app, tx, kind, what, actor=actor, community_id=community_id, told=True)
    app.wake(QueueName.NOTICES)
    return target

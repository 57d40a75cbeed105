"""Roles in a team: one that others could hand out counts for nothing until that is over (invariant 18)."""

import logging
from collections.abc import Sequence

from payments.core.audit import AuditKind
from payments.core.changes import Changes, Said, Word, facts, load
from payments.core.community import Place
from payments.core.rights import TeamEntry
from payments.flows.messages import enqueue_contact_notice
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.ports.chat import Givers
from payments.ports.stores import QueueName, Transaction

log = logging.getLogger(__name__)

ACTS_MAX = 500
"""So many of the newest acts are searched for what was done through a role."""


async def look_at_roles(app: AppContext, place: Place | None = None) -> int:
    """A role that others could hand out by now counts for nothing until that is over; how many changed.

    All of them daily; those of one `place` whenever its roles changed.
    """
    async with app.store.transaction() as tx:
        roles = await tx.team.roles()
    looked = [await _look(app, entry) for entry in roles if place in (None, _place(entry))]
    return sum(changed for _, changed in looked)


async def counts(app: AppContext, entry: TeamEntry) -> bool | None:
    """Whether a role counts, as the platform says now; None when it doesn't say. One that others could hand out is
    suspended with it. Raises `StoreUnavailable`."""
    givers, _ = await _look(app, entry)
    return None if givers is None else not givers


async def _look(app: AppContext, entry: TeamEntry) -> tuple[Givers | None, bool]:
    """Who could hand a role out, and whether the entry was changed by that."""
    givers = await givers_of(app, _place(entry), entry.subject_id)
    if givers is None or bool(givers) is (entry.suspended_at is not None):
        return givers, False
    changed = await _suspend(app, entry, givers)
    app.wake(QueueName.NOTICES)
    return givers, changed


def _place(entry: TeamEntry) -> Place:
    return Place(entry.platform, entry.place_id)


async def _suspend(app: AppContext, entry: TeamEntry, givers: Givers) -> bool:
    """Suspend a role that these could hand out, or let it count again if there are none; tell the contact once."""
    now = app.business.now()
    async with app.store.transaction() as tx:
        if not await tx.team.suspend(entry, now if givers else None):
            return False
        kind = AuditKind.TEAM_SUSPENDED if givers else AuditKind.TEAM_RESTORED
        rank = Said(Word(entry.rank.name.lower()))
        about = facts(role=entry.name, rank=rank, givers=givers.names, by_itself=givers.by_itself)
        await record_audit(tx, now, kind, about, community_id=entry.community_id)
        community = await tx.communities.get(entry.community_id)
        if givers and community is not None:
            said: dict[str, object] = {"role": entry.name, "community": community.name, "givers": givers.names}
            said["by_itself"] = givers.by_itself
            said["set"] = await _set_by(tx, entry)
            key = f"team_suspended:{entry.community_id}:{entry.subject_id}:{now}"
            await enqueue_contact_notice(tx, now, community, "team_suspended", key, said)
    log.warning("%s: role %s: %s", kind.replace("_", " "), entry.name, _why(givers))
    return True


async def _set_by(tx: Transaction, role: TeamEntry) -> list[str]:
    """Who is in the team by the word of somebody who was an owner by this role alone: they stay, and may not belong."""
    team = {entry.name for entry in await tx.team.of(role.community_id)}
    lines = await tx.audit_log.acts(role.community_id, ACTS_MAX)
    changed = [one.changes for one in lines if one.action == AuditKind.TEAM_CHANGED]
    acts = [load(changes) for changes in changed if changes is not None]
    return sorted(team.intersection(str(act["what"][0]) for act in acts if role.name in _through(act)))


def _through(act: Changes) -> Sequence[str]:
    """The roles by which the one who did it was an owner."""
    names = act["through"][1] if "through" in act else ()
    return names if isinstance(names, tuple) else ()


def _why(givers: Givers) -> str:
    if givers.by_itself:
        return "members can get it by themselves"
    return f"could be handed out by {', '.join(givers.names)}" if givers else "handed out by Administrators alone again"


async def givers_of(app: AppContext, place: Place, role_id: str) -> Givers | None:
    """Who could hand out a role, as its platform says now; None when it doesn't say."""
    platform = app.platforms.get(place.platform)
    return None if platform is None else await platform.givers(place, role_id)

"""The contact of a community: an owner, who is told when something needs an admin, for as long as they are an owner.

Whether they still are is asked when a notice is about to be sent: a role may be taken from them, or they may leave, and
nothing is stored of that here. Where nobody can take their place they stay the contact, and hear again once they are an
owner again: a rank that is lost for a moment silences nobody for good.
"""

import asyncio
import logging
from dataclasses import replace

from payments.core.audit import AuditKind
from payments.core.changes import Who, facts, of_community
from payments.core.community import Community, Identity
from payments.core.ids import CommunityId, PersonId
from payments.core.rights import Rank, TeamKind
from payments.flows.messages import record_act
from payments.flows.rights.ranks import rank_in
from payments.flows.runtime.audit import record_audit
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.places import served_in
from payments.ports.stores import QueueName, Transaction

log = logging.getLogger(__name__)

ASKED_S = 3.0
"""So long somebody who asked for something else waits until the platforms say whether the contact is an owner."""


async def is_owner(app: AppContext, community_id: CommunityId, person_id: PersonId) -> bool | None:
    """Whether an account of a person is an owner in a served place of the community; None when nobody can say."""
    async with app.store.transaction() as tx:
        served = await served_in(app, tx, await tx.communities.places(community_id))
        accounts = await tx.identities.identities(person_id)
    theirs = [(place, who) for place in served for who in accounts if who.platform is place.platform]
    ranks = [await rank_in(app, place, who) for place, who in theirs]
    if Rank.OWNER in ranks:
        return True
    return None if not served or None in ranks else False


async def told(app: AppContext, community: Community) -> PersonId | None:
    """Who is told, for all that can be learned in a moment: the contact, or who would take their place by now."""
    contact = community.contact_id
    if contact is None:
        return None
    asked = contact
    try:
        async with asyncio.timeout(ASKED_S):
            if await is_owner(app, community.id, contact) is not False:
                return contact
            for asked in await _candidates(app, community.id, contact):
                if await is_owner(app, community.id, asked) is not False:
                    return asked
    except TimeoutError:
        return asked
    return None


async def successor(app: AppContext, community_id: CommunityId, gone: PersonId) -> PersonId | None:
    """Who is the contact instead of somebody who is no owner any more; None: nobody is left, and nothing changed."""
    for candidate in await _candidates(app, community_id, gone):
        if await is_owner(app, community_id, candidate) is not False:
            return await _hand_over(app, community_id, gone, candidate)
    log.warning("%s: the contact is no owner any more, and no owner is known: nobody is told", community_id)
    return None


async def stand_in(app: AppContext, community: Community, owner: PersonId) -> Community:
    """An owner who is here is the contact where nobody is, or one who is no owner any more. The community after it."""
    gone = community.contact_id
    if gone == owner or (gone is not None and await told(app, community) == gone):
        return community
    async with app.store.transaction() as tx:
        await tx.communities.lock([community.id])
        found = await tx.communities.get(community.id)
        if found is None or found.contact_id != gone or (gone is not None and await _same(tx, gone, owner)):
            return found or community
        changed = replace(found, contact_id=owner)
        changes = of_community(found, changed)
        await record_act(app, tx, AuditKind.SETTINGS_CHANGED, changes, actor=owner, community_id=found.id, told=True)
        await tx.communities.update(changed)  # after the act: a former contact is told of it
    app.wake(QueueName.NOTICES)
    return changed


async def _candidates(app: AppContext, community_id: CommunityId, gone: PersonId) -> list[PersonId]:
    """The contact, if somebody else is by now; then the team's owners that we have met, oldest first."""
    async with app.store.transaction() as tx:
        team = sorted(await tx.team.of(community_id), key=lambda entry: entry.added_at)
        owners = [entry for entry in team if entry.kind is TeamKind.ACCOUNT and entry.rank is Rank.OWNER]
        found = [await tx.identities.of(Identity(entry.platform, entry.subject_id)) for entry in owners]
        community = await tx.communities.get(community_id)
        now = [] if community is None else [community.contact_id]
        living = await tx.identities.living([person for person in (*now, *found, gone) if person is not None])
    return [person for person in dict.fromkeys([*now, *found]) if person and living[person] != living[gone]]


async def _hand_over(app: AppContext, community_id: CommunityId, gone: PersonId, heir: PersonId) -> PersonId | None:
    async with app.store.transaction() as tx:
        await tx.communities.lock([community_id])
        community = await tx.communities.get(community_id)
        if community is None or community.contact_id is None:
            return None
        if not await _same(tx, community.contact_id, gone):  # somebody became the contact meanwhile
            return community.contact_id
        await tx.communities.update(replace(community, contact_id=heir))
        now, heirs = app.business.now(), facts(contact=Who(heir))
        await record_audit(tx, now, AuditKind.CONTACT_GONE, heirs, community_id=community_id, person_id=gone)
    log.warning("%s (%s): the contact is no owner any more; an owner in the team is", community.name, community_id)
    return heir


async def _same(tx: Transaction, one: PersonId, other: PersonId) -> bool:
    living = await tx.identities.living([one, other])
    return living[one] == living[other]

"""An act of the team: its line in the audit, and the word to the contact, in the change's own commit (invariant 3)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from payments.core.changes import Changes, Who, dump, same
from payments.core.ids import CommunityId, PersonId
from payments.core.model import Community, Platform
from payments.flows.runtime.audit import tell, tell_contact
from payments.flows.runtime.context import Engine, id_for
from payments.flows.runtime.origins import side_of
from payments.ports.stores import AuditEntry, Transaction

STRIPE = "stripe"
"""The actor of what somebody did in Stripe's dashboard: Stripe doesn't say who."""

_on: ContextVar[Platform | None] = ContextVar("done_on", default=None)

TOLD = "team_act"
"""The kind of notice by which the contact hears about an act of somebody else."""


@contextmanager
def done_on(platform: Platform) -> Iterator[None]:
    """What is done within this is done with an account on this platform, to accounts there: so people are named by it.

    Flows know persons, who may have another account that nobody in the community has heard of.
    """
    token = _on.set(platform)
    try:
        yield
    finally:
        _on.reset(token)


def platform_of(changes: Changes) -> Platform | None:
    """On which platform an act was done; None where nobody asked for it in chat, or an older version wrote it."""
    on = changes.get("on", (None, None))[0]
    return Platform(on) if on in tuple(Platform) else None


async def act(
    engine: Engine,
    tx: Transaction,
    action: str,
    changes: Changes,
    *,
    actor: str,
    community_id: CommunityId,
    person_id: PersonId | None = None,
    detail: str = "",
    key: str | None = None,
    told: bool = False,
) -> bool:
    """Write one line about an act of `actor`. False if it stands there already: `key` names the act, where it can come
    twice; where it has none, whoever calls holds the lock of what is changed.

    `told`: the contact hears about it, if somebody else did it. Whoever calls wakes the queue `notices` after the
    commit. `detail` is what `/member` shows to the team, so it has no amounts in it.
    """
    on = _on.get()
    changes = changes if on is None else {**changes, "on": same(on.value)}
    line = AuditEntry(
        id=id_for("aud", key),
        at=engine.business.now(),
        community_id=community_id,
        person_id=person_id,
        target_id=None,
        actor=actor,
        action=action,
        detail=detail,
        changes=dump(changes),
    )
    if not await tx.books.audit(line):
        return False
    if told:
        community = await tx.communities.get(community_id)
        if community is not None and community.contact_id is not None:
            await tell_of(tx, community, community.contact_id, line, changes)
    return True


async def tell_of(
    tx: Transaction, community: Community, contact_id: PersonId, line: AuditEntry, changes: Changes
) -> None:
    """Tell the contact about a line of the audit, once, unless it is about what they did themselves."""
    actor = PersonId(line.actor)
    living = await tx.people.living([actor, contact_id])
    if living[actor] == living[contact_id]:
        return
    people = {actor, *([line.person_id] if line.person_id is not None else []), *people_in(changes)}
    params = {
        "action": line.action,
        "actor": line.actor,
        "person": line.person_id,
        "community": community.name,
        "names": await names(tx, community.id, people, platform_of(changes)),
        "changes": json.loads(line.changes or "{}"),
    }
    key = f"{TOLD}:{line.id}"
    if "contact" in changes:  # whoever is the contact no more hears of that, too
        await tell(tx, line.at, contact_id, TOLD, key, params)
    else:
        await tell_contact(tx, line.at, community, TOLD, key, params)


def people_in(changes: Changes) -> set[PersonId]:
    """The persons that changes name."""
    return {thing.person for pair in changes.values() for thing in pair if isinstance(thing, Who)}


async def name_in(
    tx: Transaction, community_id: CommunityId, person_id: PersonId, first: Platform | None = None
) -> str | None:
    """What a person is called in a community: by an account on one of its platforms, never by another.

    By the one on `first` if they have one there, else by the one that was this person before others were linked.
    """
    platforms = {place.platform for place in await tx.communities.places(community_id)}
    side = await side_of(tx, person_id)
    return await tx.people.name(
        person_id, sorted(platforms, key=lambda each: (each is not first, each is not side, each))
    )


async def names(
    tx: Transaction, community_id: CommunityId, people: set[PersonId], first: Platform | None = None
) -> dict[str, str]:
    """What these persons are called in a community, as `name_in`. Who has no account there is left out."""
    found = {person_id: await name_in(tx, community_id, person_id, first) for person_id in sorted(people)}
    return {person_id: name for person_id, name in found.items() if name is not None}

"""What is written down beside a change, in the change's own commit: a line of the audit, a message to be sent."""

import json
from collections.abc import Mapping

from payments.core.ids import CommunityId, PersonId, TargetId
from payments.core.model import Community
from payments.flows.runtime.context import new_id
from payments.ports.stores import AuditEntry, Notice, Transaction

GUESTLIST = "guestlist"
"""The actor of what follows by itself."""

CONTACT_OF = "contact_of"
"""The param of what is for a community's contact: the community's id."""


async def note(
    tx: Transaction,
    now: int,
    action: str,
    detail: str,
    *,
    actor: str = GUESTLIST,
    community_id: CommunityId | None = None,
    person_id: PersonId | None = None,
    target_id: TargetId | None = None,
) -> None:
    """A line of the audit: what was done, by whom (`actor`: a person's id, or us), about whom and what.

    `now` is business time. A line of no community is the person's own: `/member` shows it in each.
    """
    await tx.books.audit(
        AuditEntry(
            id=new_id("aud"),
            at=now,
            community_id=community_id,
            person_id=person_id,
            target_id=target_id,
            actor=actor,
            action=action,
            detail=detail,
        )
    )


async def tell(
    tx: Transaction, now: int, person_id: PersonId, kind: str, key: str, params: Mapping[str, object]
) -> bool:
    """A private message, once for its key: `kind` and `params` are what `bot.texts.notices` makes sentences of.

    False when its key is known: it was sent, or will be. Whoever calls wakes the queue `notices` after the commit.
    """
    text = json.dumps(params, ensure_ascii=False, sort_keys=True)
    return await tx.notices.add(Notice(key, person_id, kind, text, now))


async def tell_contact(
    tx: Transaction, now: int, community: Community, kind: str, key: str, params: Mapping[str, object]
) -> bool:
    """The same to a community's contact, if it has one. Sent only if they are still an owner then: see `contacts`."""
    if community.contact_id is None:
        return False
    return await tell(tx, now, community.contact_id, kind, key, {**params, CONTACT_OF: community.id})

"""The audit log: each line is written in the commit of the change that it tells of."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from payments.core.audit import NEEDS, AuditKind
from payments.core.changes import Changes, Who, dump
from payments.core.community import Platform
from payments.core.ids import CommunityId, PersonId, TargetId
from payments.flows.runtime.context import new_id
from payments.ports.stores import AuditEntry, Transaction

GUESTLIST = "guestlist"
"""The actor of what follows by itself."""

STRIPE = "stripe"
"""The actor of what somebody did in Stripe's dashboard: Stripe doesn't say who."""

_on: ContextVar[Platform | None] = ContextVar("done_on", default=None)


async def record_audit(
    tx: Transaction,
    now: int,
    kind: AuditKind,
    params: Changes,
    *,
    actor: str = GUESTLIST,
    community_id: CommunityId | None = None,
    person_id: PersonId | None = None,
    target_id: TargetId | None = None,
) -> None:
    """A line of the audit: what was done, who did it (`actor`: a person's id, or us), and who and what it was about.

    What is read of it is worded from `kind` and `params` (`bot.texts.acts`).
    `now` is business time. A line of no community is the person's own: `/member` shows it in each.
    """
    await tx.audit_log.add(
        AuditEntry(
            id=new_id("aud"),
            at=now,
            community_id=community_id,
            person_id=person_id,
            target_id=target_id,
            actor=actor,
            action=kind,
            changes=stored(kind, params),
        )
    )


def stored(kind: AuditKind, params: Changes) -> str:
    """The parameters as the database keeps them: all that the sentences of their kind name are there."""
    lacking = NEEDS[kind] - params.keys()
    assert not lacking, f"{kind} can't be told without {', '.join(sorted(lacking))}"
    return dump(params)


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


def people_in(changes: Changes) -> set[PersonId]:
    """The persons that changes name."""
    return {thing.person for pair in changes.values() for thing in pair if isinstance(thing, Who)}

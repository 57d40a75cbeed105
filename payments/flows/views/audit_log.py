"""The audit as the team reads it: what people did in one community, newest first, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from payments.core.changes import Changes, load
from payments.core.community import Platform
from payments.core.ids import CommunityId, PersonId
from payments.flows.runtime.audit import GUESTLIST, STRIPE, people_in, platform_of
from payments.flows.runtime.context import AppContext
from payments.flows.runtime.names import name_in, names
from payments.ports.stores import AuditEntry, Transaction

PAGE = 8
"""Lines on one page."""

NOBODY = (GUESTLIST, STRIPE)
"""Actors that are no persons."""


@dataclass(frozen=True, slots=True)
class Line:
    """One act. `changes` is None for lines of older versions: `entry.detail` tells of them. `names`: of those in it."""

    entry: AuditEntry
    changes: Changes | None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines. `about`: the name of the person they are about, if about one. `more`: there are earlier ones."""

    lines: tuple[Line, ...]
    about: str | None
    more: bool


async def page(
    app: AppContext, community_id: CommunityId, on: Platform, *, about: PersonId | None, before: str | None
) -> Page:
    """The page that begins behind the line `before`, or the newest. `on`: where it is read."""
    async with app.store.transaction() as tx:
        entries = await tx.audit_log.acts(community_id, PAGE + 1, about=about, before=before)
        lines = tuple([await named(tx, community_id, line_of(entry), on) for entry in entries[:PAGE]])
        name = None if about is None else await name_in(tx, community_id, about, on)
        return Page(lines, name if lines else None, len(entries) > PAGE)


def line_of(entry: AuditEntry) -> Line:
    """A stored line with what it changed, as far as this version can read that."""
    try:
        return Line(entry, None if entry.changes is None else load(entry.changes))
    except ValueError:
        return Line(entry, None)


async def named(tx: Transaction, community_id: CommunityId, line: Line, on: Platform) -> Line:
    """The line with names: people's accounts that the act was done with; where nobody knows, those where it is read."""
    people = people_in(line.changes or {})
    people |= {PersonId(line.entry.actor)} if line.entry.actor not in NOBODY else set()
    people |= {line.entry.person_id} if line.entry.person_id is not None else set()
    return replace(line, names=await names(tx, community_id, people, platform_of(line.changes or {}) or on))

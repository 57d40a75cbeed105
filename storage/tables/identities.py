"""Persons and their identities."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.community import Identity, Platform
from payments.core.ids import CommunityId, PersonId
from payments.ports.stores import PersonsMerged
from storage.database import Tx, chunks, marks
from storage.shared_sql import WHOSE

DEFAULT_LOCALE = "en"

_DEALT = (
    "SELECT 1 AS dealt FROM entitlement e JOIN plan p ON p.id = e.plan_id WHERE p.community_id = ? "
    "AND e.beneficiary_id = ?",
    "SELECT 1 AS dealt FROM subscription s JOIN plan p ON p.id = s.plan_id WHERE p.community_id = ? AND s.payer_id = ?",
    "SELECT 1 AS dealt FROM purchase b JOIN plan p ON p.id = b.plan_id WHERE p.community_id = ? AND b.payer_id = ? "
    "AND b.paid_at IS NOT NULL",
    "SELECT 1 AS dealt FROM access a JOIN target t ON t.id = a.target_id WHERE t.community_id = ? AND a.person_id = ?",
)
"""What makes somebody one of a community: what they had there, paid for there, or hold there."""

_BOUGHT = (f"{_DEALT[0]} AND e.source <> 'comp'", *_DEALT[1:3])
"""The same, but for comps: those the team gives to anybody."""

_BILLED = f"SELECT 1 AS dealt FROM audit WHERE action = 'invoice_sent' AND community_id = ? AND {WHOSE}"

_LIVING = "COALESCE((SELECT merged_into FROM person WHERE id = ?), ?)"
"""Who an id means; the id is given twice."""


class SqlIdentities:
    """See `payments.ports.stores.People`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def of(self, identity: Identity) -> PersonId | None:
        row = await self._tx.fetch_one(
            "SELECT person_id FROM identity WHERE platform = ? AND user_id = ?", identity.platform, identity.user_id
        )
        return PersonId(row["person_id"]) if row else None

    async def ensure(self, identity: Identity, name: str, locale: str, new_id: PersonId, now: int) -> PersonId:
        known = await self.of(identity)
        if known is not None:
            return await self._refresh(known, identity, name, locale)
        made = await self._tx.execute(
            "INSERT INTO person (id, locale, created_at) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING",
            new_id,
            locale,
            now,
        )
        linked = await self._tx.execute(
            "INSERT INTO identity (platform, user_id, person_id, name, created_at) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (platform, user_id) DO NOTHING",
            identity.platform,
            identity.user_id,
            new_id,
            name,
            now,
        )
        if made and not linked:  # another process was faster
            await self._tx.execute("DELETE FROM person WHERE id = ?", new_id)
        return await self.of(identity) or new_id

    async def _refresh(self, person_id: PersonId, identity: Identity, name: str, locale: str) -> PersonId:
        # The person's row before the account's, as a merge locks them.
        await self._tx.execute("UPDATE person SET locale = ? WHERE id = ? AND locale <> ?", locale, person_id, locale)
        await self._tx.execute(
            "UPDATE identity SET name = ? WHERE platform = ? AND user_id = ? AND name <> ?",
            name,
            identity.platform,
            identity.user_id,
            name,
        )
        return person_id

    async def identities(self, person_id: PersonId) -> Sequence[Identity]:
        rows = await self._tx.fetch(
            f"SELECT platform, user_id FROM identity WHERE person_id = {_LIVING} "
            "ORDER BY created_at, platform, user_id",
            person_id,
            person_id,
        )
        return [Identity(Platform(row["platform"]), row["user_id"]) for row in rows]

    async def name(self, person_id: PersonId, on: Sequence[Platform]) -> str | None:
        rows = await self._tx.fetch(
            f"SELECT platform, name FROM identity WHERE person_id = {_LIVING} ORDER BY created_at, user_id",
            person_id,
            person_id,
        )
        names = {Platform(row["platform"]): str(row["name"]) for row in reversed(rows)}
        return next((names[platform] for platform in on if platform in names), None)

    async def locale(self, person_id: PersonId) -> str:
        row = await self._tx.fetch_one(f"SELECT locale FROM person WHERE id = {_LIVING}", person_id, person_id)
        return str(row["locale"]) if row else DEFAULT_LOCALE

    async def living(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        found = {person_id: person_id for person_id in person_ids}
        for some in chunks(person_ids):
            rows = await self._tx.fetch(
                f"SELECT id, merged_into FROM person WHERE id IN ({marks(len(some))}) AND merged_into IS NOT NULL",
                *some,
            )
            found |= {PersonId(row["id"]): PersonId(row["merged_into"]) for row in rows}
        return found

    async def dealt(self, person_id: PersonId, community_id: CommunityId) -> bool:
        return await self._any(_DEALT, person_id, community_id)

    async def bought(self, person_id: PersonId, community_id: CommunityId) -> bool:
        return await self._any(_BOUGHT, person_id, community_id)

    async def _any(self, questions: Sequence[str], person_id: PersonId, community_id: CommunityId) -> bool:
        for question in questions:
            if await self._tx.fetch_one(f"{question} LIMIT 1", community_id, person_id) is not None:
                return True
        return await self._tx.fetch_one(f"{_BILLED} LIMIT 1", community_id, person_id, person_id) is not None

    async def lock(self, person_ids: Collection[PersonId]) -> Mapping[PersonId, PersonId]:
        meant = await self.living(person_ids)
        for person_id in sorted(set(meant.values())):
            await self._tx.execute("UPDATE person SET version = version + 1 WHERE id = ?", person_id)
        if await self.living(person_ids) != meant:  # locking who it means now could deadlock: begin again
            raise PersonsMerged("the person was merged or parted in this moment")
        return meant

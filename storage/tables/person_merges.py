"""Persons as wholes: merging, parting, and whose an account is."""

from collections.abc import Collection, Sequence

from payments.core.access import Access
from payments.core.community import Identity, Platform
from payments.core.ids import EntitlementId, PersonId, TargetId
from payments.ports.stores import LinkedAccount, StoredPerson
from storage.database import Tx, marks
from storage.rows import row_type
from storage.statements import insert, select

_PERSON = row_type(StoredPerson)
_SELECT_PERSON = select("person", _PERSON.columns)
_ACCOUNT = row_type(LinkedAccount, identity="platform, user_id")
_SELECT_ACCOUNT = select("identity", _ACCOUNT.columns)
_ACCESS = "target_id, wanted, applied, held_before, entitlement_id, reason, wanted_at, applied_at, revoked_at, user_id"
_ONE = " WHERE person_id = ? AND target_id = ?"

MERGED = "merged"
"""Ends the leases of both deliveries when two accesses become one: nobody finishes under it."""


def _of(count: int) -> tuple[str, str, str]:
    """Conditions on so many persons: a customer of theirs, an entitlement that their customers paid (the persons given
    twice), and one that goes with them: theirs before a merge, or paid by them since (thrice)."""
    theirs = f"(SELECT id FROM customer WHERE person_id IN ({marks(count)}))"
    paid = (
        f"((source = 'subscription' AND source_id IN (SELECT id FROM subscription WHERE customer_id IN {theirs})) "
        f"OR (source = 'purchase' AND source_id IN (SELECT id FROM purchase WHERE customer_id IN {theirs})))"
    )
    return theirs, paid, f"(home_id IN ({marks(count)}) OR (home_id IS NULL AND {paid}))"


class SqlPersonMerges:
    """See `payments.ports.stores.Persons`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def get(self, person_id: PersonId) -> StoredPerson | None:
        row = await self._tx.fetch_one(_SELECT_PERSON + " WHERE id = ?", person_id)
        return _PERSON.one(row)

    async def origins(self, person_id: PersonId) -> Sequence[StoredPerson]:
        rows = await self._tx.fetch(
            _SELECT_PERSON + " WHERE id = ? OR merged_into = ? ORDER BY created_at, id",
            person_id,
            person_id,
        )
        return _PERSON.all(rows)

    async def account(self, identity: Identity) -> LinkedAccount | None:
        row = await self._tx.fetch_one(
            _SELECT_ACCOUNT + " WHERE platform = ? AND user_id = ?",
            identity.platform,
            identity.user_id,
        )
        return _ACCOUNT.one(row)

    async def accounts(self, person_id: PersonId) -> Sequence[LinkedAccount]:
        rows = await self._tx.fetch(
            _SELECT_ACCOUNT + " WHERE person_id = ? ORDER BY created_at, platform, user_id",
            person_id,
        )
        return _ACCOUNT.all(rows)

    async def add(self, person_id: PersonId, like: PersonId, now: int) -> None:
        await self._tx.execute(
            "INSERT INTO person (id, locale, created_at) SELECT CAST(? AS TEXT), locale, CAST(? AS BIGINT) "
            "FROM person WHERE id = ?",
            person_id,
            now,
            like,
        )

    async def set_side(self, person_ids: Collection[PersonId], side: Platform) -> None:
        ids = sorted(set(person_ids))
        await self._tx.execute(f"UPDATE person SET side = ? WHERE id IN ({marks(len(ids))})", side, *ids)

    async def give_account(self, identity: Identity, person_id: PersonId) -> None:
        await self._tx.execute(
            "UPDATE identity SET person_id = ? WHERE platform = ? AND user_id = ?",
            person_id,
            identity.platform,
            identity.user_id,
        )

    async def parted(self, identity: Identity, person_ids: Collection[PersonId], now: int) -> None:
        await self._tx.execute(
            "UPDATE identity SET parted_at = ? WHERE platform = ? AND user_id = ?",
            now,
            identity.platform,
            identity.user_id,
        )
        ids = sorted(set(person_ids))
        await self._tx.execute(f"UPDATE person SET parted_at = ? WHERE id IN ({marks(len(ids))})", now, *ids)

    async def merge(self, merged: PersonId, into: PersonId) -> None:
        await self._tx.execute("UPDATE identity SET person_id = ? WHERE person_id = ?", into, merged)
        # What one of them handed over to the other goes with that one again: they are together.
        handed = (
            "SELECT id FROM account_move WHERE person_id IN "
            "(SELECT id FROM person WHERE id IN (?, ?) OR merged_into IN (?, ?))"
        )
        await self._tx.execute(
            "UPDATE entitlement SET home_id = (SELECT m.person_id FROM account_move m WHERE m.id = moved_id), "
            f"moved_id = NULL WHERE beneficiary_id IN (?, ?) AND moved_id IN ({handed})",
            *(into, merged) * 3,
        )
        # Whose each was is kept, of both: what comes later has no origin yet, and follows who pays for it.
        await self._tx.execute(
            "UPDATE entitlement SET home_id = beneficiary_id WHERE home_id IS NULL AND beneficiary_id IN (?, ?)",
            into,
            merged,
        )
        for table in ("entitlement", "subscription", "purchase"):
            for role in ("payer_id", "beneficiary_id"):
                await self._tx.execute(f"UPDATE {table} SET {role} = ? WHERE {role} = ?", into, merged)
        await self._tx.execute(
            "UPDATE person SET merged_into = ? WHERE id = ? OR merged_into = ?", into, merged, merged
        )

    async def would_go(self, person_id: PersonId, origins: Collection[PersonId]) -> Collection[EntitlementId]:
        ids = sorted(set(origins))
        if not ids:
            return frozenset()
        _, _, going = _of(len(ids))
        rows = await self._tx.fetch(
            f"SELECT id FROM entitlement WHERE beneficiary_id = ? AND {going}", person_id, *ids * 3
        )
        return frozenset(EntitlementId(row["id"]) for row in rows)

    async def split(self, person_id: PersonId, origins: Collection[PersonId], leader: PersonId) -> None:
        ids = sorted({*origins, leader})
        theirs, paid, going = _of(len(ids))
        await self._tx.execute(
            f"UPDATE entitlement SET beneficiary_id = ? WHERE beneficiary_id = ? AND {going}",
            leader,
            person_id,
            *ids * 3,
        )
        await self._tx.execute(
            f"UPDATE entitlement SET payer_id = ? WHERE payer_id = ? AND {paid}", leader, person_id, *ids * 2
        )
        for table in ("subscription", "purchase"):
            await self._tx.execute(
                f"UPDATE {table} SET payer_id = ? WHERE payer_id = ? AND customer_id IN {theirs}",
                leader,
                person_id,
                *ids,
            )
            await self._tx.execute(
                f"UPDATE {table} SET beneficiary_id = ? WHERE beneficiary_id = ? AND id IN "
                f"(SELECT source_id FROM entitlement WHERE source = '{table}' AND beneficiary_id = ?)",
                leader,
                person_id,
                leader,
            )
        await self._tx.execute(  # what is not paid yet gives nothing yet: it goes with who is to pay it
            f"UPDATE purchase SET beneficiary_id = ? WHERE beneficiary_id = ? AND state = 'open' "
            f"AND customer_id IN {theirs}",
            leader,
            person_id,
            *ids,
        )
        await self._tx.execute("UPDATE person SET merged_into = NULL WHERE id = ?", leader)
        await self._tx.execute(
            f"UPDATE person SET merged_into = ? WHERE id IN ({marks(len(ids))}) AND id <> ?", leader, *ids, leader
        )

    async def move_access(self, person_id: PersonId, target_id: TargetId, to: PersonId) -> None:
        await self._tx.execute(
            f"INSERT INTO access (person_id, {_ACCESS}) SELECT CAST(? AS TEXT), {_ACCESS} FROM access{_ONE}",
            to,
            person_id,
            target_id,
        )
        await self._tx.execute("UPDATE effect SET person_id = ?" + _ONE, to, person_id, target_id)
        await self._tx.execute("DELETE FROM access" + _ONE, person_id, target_id)

    async def unite_access(
        self, merged: PersonId, target_id: TargetId, into: PersonId, hold: Access | None, machine_now: int
    ) -> None:
        row = await self._tx.fetch_one("SELECT state, lease_until FROM effect" + _ONE, merged, target_id)
        assert row is not None  # every access has its effect
        busy_until = int(row["lease_until"])
        state = row["state"] if busy_until <= machine_now else "open"
        await self._tx.execute("DELETE FROM effect" + _ONE, merged, target_id)
        await self._tx.execute("DELETE FROM access" + _ONE, merged, target_id)
        if hold is None:
            return
        await self._tx.execute(
            "UPDATE access SET applied = ?, held_before = ?, user_id = ?, applied_at = ?" + _ONE,
            int(hold.applied),
            None if hold.held_before is None else int(hold.held_before),
            hold.user_id,
            hold.applied_at,
            into,
            target_id,
        )
        await self._tx.execute(
            "UPDATE effect SET seq = seq + 1, state = CASE WHEN lease_until > ? THEN 'open' ELSE ? END, attempts = 0, "
            "next_at = ?, opened_at = ?, lease_token = ?, "
            "lease_until = CASE WHEN lease_until > ? THEN lease_until ELSE CAST(? AS BIGINT) END" + _ONE,
            machine_now,
            state,
            machine_now,
            machine_now,
            MERGED,
            busy_until,
            busy_until,
            into,
            target_id,
        )

    async def put_hold(self, person_id: PersonId, hold: Access, now: int, machine_now: int) -> None:
        put = await self._tx.execute(
            insert("access", "person_id, target_id, wanted, applied, held_before, wanted_at, applied_at, user_id")
            + " ON CONFLICT (person_id, target_id) DO UPDATE SET applied = excluded.applied, "
            "held_before = excluded.held_before, applied_at = excluded.applied_at, user_id = excluded.user_id "
            "WHERE access.user_id IS NULL",
            person_id,
            hold.target_id,
            0,
            int(hold.applied),
            None if hold.held_before is None else int(hold.held_before),
            now,
            hold.applied_at,
            hold.user_id,
        )
        if put:
            await self._tx.execute(
                insert("effect", "person_id, target_id, seq, state, next_at, opened_at")
                + " ON CONFLICT (person_id, target_id) DO UPDATE SET seq = effect.seq + 1, state = 'open', "
                "attempts = 0, next_at = excluded.next_at, opened_at = excluded.opened_at",
                person_id,
                hold.target_id,
                1,
                "open",
                machine_now,
                machine_now,
            )

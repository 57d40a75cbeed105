"""Subscriptions that were bought past us, and the codes by which they are claimed."""

from collections.abc import Collection, Sequence

from payments.core.ids import AccountId, CommunityId, PersonId, SubscriptionId
from payments.ports.stores import UnclaimedSubscription
from storage.database import Tx
from storage.rows import row_type
from storage.statements import columns, insert, select

_ROW = row_type(UnclaimedSubscription)
_SELECT = select("unclaimed_subscription", _ROW.columns)


class SqlUnclaimed:
    """See `payments.ports.stores.UnclaimedSubscriptions`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def remember(self, found: Collection[UnclaimedSubscription], now: int) -> None:
        for one in sorted(found, key=lambda each: each.subscription_id):
            await self._tx.execute(
                insert("unclaimed_subscription", _ROW.columns + ", seen_at")
                + " ON CONFLICT (account_id, subscription_id)"
                " DO UPDATE SET seen_at = excluded.seen_at, plan_id = excluded.plan_id",
                *_ROW.values(one),
                now,
            )

    async def forget(self, account_id: AccountId, before: int) -> None:
        await self._tx.execute(
            "DELETE FROM unclaimed_subscription WHERE account_id = ? AND person_id IS NULL AND seen_at < ?",
            account_id,
            before,
        )

    async def waiting(self, community_id: CommunityId, limit: int) -> Sequence[UnclaimedSubscription]:
        same = "account_id = u.account_id AND stripe_id = u.stripe_id"
        rows = await self._tx.fetch(
            f"SELECT {columns(_ROW.columns, 'u')} FROM unclaimed_subscription u JOIN plan p ON p.id = u.plan_id "
            "WHERE p.community_id = ? AND u.person_id IS NULL "
            f"AND NOT EXISTS (SELECT 1 FROM customer WHERE {same}) "
            f"AND NOT EXISTS (SELECT 1 FROM former_customer WHERE {same}) "
            "ORDER BY u.started_at DESC, u.subscription_id LIMIT ?",
            community_id,
            limit,
        )
        return _ROW.all(rows)

    async def get(self, account_id: AccountId, subscription_id: SubscriptionId) -> UnclaimedSubscription | None:
        row = await self._tx.fetch_one(
            _SELECT + " WHERE account_id = ? AND subscription_id = ?", account_id, subscription_id
        )
        return _ROW.one(row)

    async def of_code(self, code_hash: str) -> UnclaimedSubscription | None:
        return _ROW.one(await self._tx.fetch_one(_SELECT + " WHERE code_hash = ?", code_hash))

    async def set_code(
        self, account_id: AccountId, subscription_id: SubscriptionId, code_hash: str, expires_at: int
    ) -> bool:
        changed = await self._tx.execute(
            "UPDATE unclaimed_subscription SET code_hash = ?, expires_at = ? "
            "WHERE account_id = ? AND subscription_id = ? AND person_id IS NULL",
            code_hash,
            expires_at,
            account_id,
            subscription_id,
        )
        return changed > 0

    async def void(self, code_hash: str) -> bool:
        changed = await self._tx.execute(
            "UPDATE unclaimed_subscription SET code_hash = NULL, expires_at = NULL "
            "WHERE code_hash = ? AND person_id IS NULL",
            code_hash,
        )
        return changed > 0

    async def take(self, code_hash: str, person_id: PersonId) -> bool:
        # All rows of the customer are locked, in one order: of two who claim at once the second finds it claimed.
        rows = await self._tx.fetch(
            _SELECT + " WHERE (account_id, stripe_id) IN "
            "(SELECT account_id, stripe_id FROM unclaimed_subscription WHERE code_hash = ?) "
            f"ORDER BY subscription_id {self._tx.dialect.lock_rows}",
            code_hash,
        )
        found = _ROW.all(rows)
        if not any(one.code_hash == code_hash for one in found) or any(one.person_id is not None for one in found):
            return False
        changed = await self._tx.execute(
            "UPDATE unclaimed_subscription SET person_id = ? WHERE account_id = ? AND stripe_id = ?",
            person_id,
            found[0].account_id,
            found[0].stripe_id,
        )
        return changed > 0

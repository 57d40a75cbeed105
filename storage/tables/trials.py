"""Who had which plan already, and with which card."""

from collections.abc import Collection

from payments.core.ids import AccountId, PersonId, PlanId, SubscriptionId
from storage.database import Tx, chunks, marks
from storage.statements import insert


class SqlTrials:
    """See `payments.ports.stores.Trials`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def had(self, person_id: PersonId, plan_id: PlanId) -> bool:
        row = await self._tx.fetch_one(
            "SELECT 1 AS had FROM plan_had h JOIN identity i ON i.platform = h.platform AND i.user_id = h.user_id "
            "WHERE i.person_id = ? AND h.plan_id = ? LIMIT 1",
            person_id,
            plan_id,
        )
        return row is not None

    async def remember(self, person_ids: Collection[PersonId], plan_id: PlanId) -> None:
        for some in chunks(person_ids):
            await self._tx.execute(
                "INSERT INTO plan_had (platform, user_id, plan_id) SELECT platform, user_id, CAST(? AS TEXT) "
                f"FROM identity WHERE person_id IN ({marks(len(some))}) ON CONFLICT DO NOTHING",
                plan_id,
                *some,
            )

    async def share(self, person_id: PersonId) -> None:
        await self._tx.execute(
            "INSERT INTO plan_had (platform, user_id, plan_id) SELECT DISTINCT mine.platform, mine.user_id, h.plan_id "
            "FROM identity mine JOIN identity i ON i.person_id = mine.person_id "
            "JOIN plan_had h ON h.platform = i.platform AND h.user_id = i.user_id "
            "WHERE mine.person_id = ? ON CONFLICT DO NOTHING",
            person_id,
        )

    async def first_with_card(
        self, account_id: AccountId, fingerprint: str, plan_id: PlanId, subscription_id: SubscriptionId
    ) -> SubscriptionId:
        await self._tx.execute(
            insert("trial_card", "account_id, fingerprint, plan_id, subscription_id") + " ON CONFLICT DO NOTHING",
            account_id,
            fingerprint,
            plan_id,
            subscription_id,
        )
        row = await self._tx.fetch_one(
            "SELECT subscription_id FROM trial_card WHERE account_id = ? AND fingerprint = ? AND plan_id = ?",
            account_id,
            fingerprint,
            plan_id,
        )
        assert row is not None  # it was there, or was just made
        return SubscriptionId(row["subscription_id"])

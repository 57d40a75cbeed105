"""Checkout links."""

from collections.abc import Collection, Sequence

from payments.core.billing import Checkout
from payments.core.ids import AccountId, CheckoutId, CustomerId, PersonId, PlanId, PriceId
from storage.database import Tx, marks
from storage.rows import row_type
from storage.shared_sql import PERSON_AND_MERGED
from storage.statements import insert, select

_CHECKOUT = row_type(Checkout)
_SELECT = select("checkout", _CHECKOUT.columns)


class SqlCheckouts:
    """See `payments.ports.stores.Checkouts`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, checkout: Checkout) -> bool:
        added = await self._tx.execute(
            insert("checkout", _CHECKOUT.columns)
            + " ON CONFLICT (beneficiary_id, plan_id) WHERE state IN ('pending', 'open') DO NOTHING",
            *_CHECKOUT.values(checkout),
        )
        return added > 0

    async def get(self, checkout_id: CheckoutId) -> Checkout | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE id = ?", checkout_id)
        return _CHECKOUT.one(row)

    async def of_session(self, customer_id: CustomerId, session_id: str) -> Checkout | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE customer_id = ? AND session_id = ?", customer_id, session_id)
        return _CHECKOUT.one(row)

    async def current(self, beneficiary_id: PersonId, plan_id: PlanId) -> Checkout | None:
        row = await self._tx.fetch_one(
            _SELECT + " WHERE beneficiary_id = ? AND plan_id = ? AND state IN ('pending', 'open')",
            beneficiary_id,
            plan_id,
        )
        return _CHECKOUT.one(row)

    async def unfinished_at(self, person_id: PersonId, plan_id: PlanId) -> Collection[AccountId]:
        rows = await self._tx.fetch(
            "SELECT DISTINCT price.account_id FROM checkout JOIN price ON price.id = checkout.price_id "
            "WHERE checkout.plan_id = ? AND checkout.state <> 'complete' "
            f"AND checkout.beneficiary_id IN {PERSON_AND_MERGED}",
            plan_id,
            person_id,
            person_id,
        )
        return {AccountId(row["account_id"]) for row in rows}

    async def waiting(self, beneficiary_id: PersonId) -> Sequence[Checkout]:
        rows = await self._tx.fetch(
            _SELECT + " WHERE beneficiary_id = ? AND state IN ('pending', 'open') ORDER BY id",
            beneficiary_id,
        )
        return _CHECKOUT.all(rows)

    async def update(self, checkout: Checkout) -> None:
        await self._tx.execute(
            "UPDATE checkout SET state = ?, session_id = ?, url = ?, expires_at = ? WHERE id = ?",
            checkout.state,
            checkout.session_id,
            checkout.url,
            checkout.expires_at,
            checkout.id,
        )

    async def unsold(
        self, plan_id: PlanId, sold: Collection[PriceId], after: CheckoutId | None, limit: int
    ) -> Sequence[Checkout]:
        others = f" AND price_id NOT IN ({marks(len(sold))})" if sold else ""
        rows = await self._tx.fetch(
            _SELECT + f" WHERE plan_id = ?{others} AND id > ? AND state IN ('pending', 'open') ORDER BY id LIMIT ?",
            plan_id,
            *sold,
            after or "",
            limit,
        )
        return _CHECKOUT.all(rows)

    async def expire_due(self, now: int) -> int:
        return await self._tx.execute(
            "UPDATE checkout SET state = 'expired' WHERE state = 'open' AND expires_at <= ?", now
        )

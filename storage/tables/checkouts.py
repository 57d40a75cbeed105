"""Checkout links."""

from collections.abc import Sequence

from payments.core.billing import Checkout, CheckoutState
from payments.core.ids import CheckoutId, CustomerId, PersonId, PlanId, PriceId
from storage.database import Row, Tx
from storage.statements import insert, select

_COLUMNS = (
    "id, payer_id, beneficiary_id, plan_id, price_id, customer_id, state, session_id, url, expires_at, created_at"
)


def checkout_of(row: Row) -> Checkout:
    """A checkout's row."""
    return Checkout(
        id=CheckoutId(row["id"]),
        payer_id=PersonId(row["payer_id"]),
        beneficiary_id=PersonId(row["beneficiary_id"]),
        plan_id=PlanId(row["plan_id"]),
        price_id=PriceId(row["price_id"]),
        customer_id=CustomerId(row["customer_id"]),
        state=CheckoutState(row["state"]),
        session_id=row["session_id"],
        url=row["url"],
        expires_at=row["expires_at"],
        created_at=row["created_at"],
    )


class SqlCheckouts:
    """See `payments.ports.stores.Checkouts`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add(self, checkout: Checkout) -> bool:
        """False when the beneficiary has a pending or open one for the plan already."""
        added = await self._tx.execute(
            insert("checkout", _COLUMNS)
            + " ON CONFLICT (beneficiary_id, plan_id) WHERE state IN ('pending', 'open') DO NOTHING",
            checkout.id,
            checkout.payer_id,
            checkout.beneficiary_id,
            checkout.plan_id,
            checkout.price_id,
            checkout.customer_id,
            checkout.state,
            checkout.session_id,
            checkout.url,
            checkout.expires_at,
            checkout.created_at,
        )
        return added > 0

    async def get(self, checkout_id: CheckoutId) -> Checkout | None:
        """One checkout."""
        row = await self._tx.fetch_one(select("checkout", _COLUMNS) + " WHERE id = ?", checkout_id)
        return checkout_of(row) if row else None

    async def current(self, beneficiary_id: PersonId, plan_id: PlanId) -> Checkout | None:
        """The pending or open one."""
        row = await self._tx.fetch_one(
            select("checkout", _COLUMNS) + " WHERE beneficiary_id = ? AND plan_id = ? AND state IN ('pending', 'open')",
            beneficiary_id,
            plan_id,
        )
        return checkout_of(row) if row else None

    async def waiting(self, beneficiary_id: PersonId) -> Sequence[Checkout]:
        """All pending and open ones of a person."""
        rows = await self._tx.fetch(
            select("checkout", _COLUMNS) + " WHERE beneficiary_id = ? AND state IN ('pending', 'open') ORDER BY id",
            beneficiary_id,
        )
        return [checkout_of(row) for row in rows]

    async def update(self, checkout: Checkout) -> None:
        """Store state, session, address and expiry."""
        await self._tx.execute(
            "UPDATE checkout SET state = ?, session_id = ?, url = ?, expires_at = ? WHERE id = ?",
            checkout.state,
            checkout.session_id,
            checkout.url,
            checkout.expires_at,
            checkout.id,
        )

    async def unsold(
        self, plan_id: PlanId, price_id: PriceId | None, after: CheckoutId | None, limit: int
    ) -> Sequence[Checkout]:
        """Pending and open ones of a plan that are not for this price, in the order of their ids, behind `after`."""
        rows = await self._tx.fetch(
            select("checkout", _COLUMNS)
            + " WHERE plan_id = ? AND price_id <> ? AND id > ? AND state IN ('pending', 'open') ORDER BY id LIMIT ?",
            plan_id,
            price_id or "",
            after or "",
            limit,
        )
        return [checkout_of(row) for row in rows]

    async def expire_due(self, now: int) -> int:
        """Mark open ones whose time is over as expired."""
        return await self._tx.execute(
            "UPDATE checkout SET state = 'expired' WHERE state = 'open' AND expires_at <= ?", now
        )

"""Stripe accounts."""

from collections.abc import Sequence

from payments.core.ids import AccountId
from payments.ports.stores import StoredAccount
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select

_ACCOUNT = row_type(StoredAccount)
_SELECT = select("stripe_account", _ACCOUNT.columns)


class SqlProviderAccounts:
    """See `payments.ports.stores.Accounts`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def installation(self, fresh: str, now: int) -> str:
        await self._tx.execute(
            "INSERT INTO installation (sole, id, created_at) VALUES (1, ?, ?) ON CONFLICT (sole) DO NOTHING", fresh, now
        )
        row = await self._tx.fetch_one("SELECT id FROM installation")
        assert row is not None  # it was there, or is now
        return str(row["id"])

    async def ensure(self, account: StoredAccount, now: int) -> StoredAccount:
        row = await self._tx.fetch_one(
            insert("stripe_account", _ACCOUNT.columns + ", created_at")
            + " ON CONFLICT (id) DO UPDATE SET currency = excluded.currency RETURNING "
            + _ACCOUNT.columns,
            *_ACCOUNT.values(account),
            now,
        )
        assert row is not None  # an upsert always answers its row
        return _ACCOUNT.read(row)

    async def get(self, account_id: AccountId) -> StoredAccount | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE id = ?", account_id)
        return _ACCOUNT.one(row)

    async def all(self) -> Sequence[StoredAccount]:
        return _ACCOUNT.all(await self._tx.fetch(_SELECT + " ORDER BY id"))

    async def sold_at(self) -> Sequence[AccountId]:
        rows = await self._tx.fetch("SELECT account_id FROM price UNION SELECT account_id FROM customer ORDER BY 1")
        return [AccountId(row["account_id"]) for row in rows]

    async def set_portal_configuration(self, account_id: AccountId, configuration_id: str) -> None:
        await self._tx.execute(
            "UPDATE stripe_account SET portal_configuration_id = ?, login_url = NULL WHERE id = ?",
            configuration_id,
            account_id,
        )

    async def set_login_url(self, account_id: AccountId, url: str) -> None:
        await self._tx.execute("UPDATE stripe_account SET login_url = ? WHERE id = ?", url, account_id)

    async def set_event_cursor(self, account_id: AccountId, at: int) -> None:
        await self._tx.execute("UPDATE stripe_account SET event_cursor_at = ? WHERE id = ?", at, account_id)

    async def set_webhook(self, account_id: AccountId, at: int) -> None:
        await self._tx.execute("UPDATE stripe_account SET webhook_at = ? WHERE id = ?", at, account_id)

    async def set_compared(self, account_id: AccountId, at: int) -> None:
        await self._tx.execute("UPDATE stripe_account SET compared_at = ? WHERE id = ?", at, account_id)

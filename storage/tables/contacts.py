"""People the bot has met on Telegram, and what it is asking them."""

from payments.ports.stores import Contact
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select

_CONTACT = row_type(Contact)
_SELECT = select("telegram_user", _CONTACT.columns)


class SqlContacts:
    """See `payments.ports.stores.Talkers`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def seen(self, user_id: str, username: str | None, name: str, now: int) -> Contact:
        known = username.lower() if username else None
        if known is not None:  # a username is one person's at a time
            await self._tx.execute(
                "UPDATE telegram_user SET username = NULL WHERE username = ? AND user_id <> ?", known, user_id
            )
        row = await self._tx.fetch_one(
            insert("telegram_user", "user_id, username, name, seen_at")
            + " ON CONFLICT (user_id) DO UPDATE SET username = excluded.username, name = excluded.name, "
            + "seen_at = excluded.seen_at RETURNING "
            + _CONTACT.columns,
            user_id,
            known,
            name,
            now,
        )
        assert row is not None  # an upsert always answers its row
        return _CONTACT.read(row)

    async def get(self, user_id: str) -> Contact | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE user_id = ?", user_id)
        return _CONTACT.one(row)

    async def called(self, username: str) -> Contact | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE username = ?", username.lower())
        return _CONTACT.one(row)

    async def choose(self, user_id: str, chat_id: str | None) -> None:
        await self._tx.execute("UPDATE telegram_user SET chat_id = ? WHERE user_id = ?", chat_id, user_id)

    async def ask(self, user_id: str, dialogue: str | None, until: int) -> None:
        await self._tx.execute(
            "UPDATE telegram_user SET dialogue = ?, dialogue_until = ? WHERE user_id = ?", dialogue, until, user_id
        )

"""People the bot has met, and what it is asking them. The table is called after the first platform."""

from payments.core.community import Identity, Platform
from payments.ports.stores import Contact
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select

_CONTACT = row_type(Contact)
_SELECT = select("telegram_user", _CONTACT.columns)
_ONE = " WHERE platform = ? AND user_id = ?"


class SqlContacts:
    """See `payments.ports.stores.Contacts`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def seen(self, who: Identity, username: str | None, name: str, now: int) -> Contact:
        known = username.lower() if username else None
        if known is not None:  # a username is one person's at a time
            await self._tx.execute(
                "UPDATE telegram_user SET username = NULL WHERE platform = ? AND username = ? AND user_id <> ?",
                who.platform,
                known,
                who.user_id,
            )
        row = await self._tx.fetch_one(
            insert("telegram_user", "platform, user_id, username, name, seen_at")
            + " ON CONFLICT (platform, user_id) DO UPDATE SET username = excluded.username, name = excluded.name, "
            + "seen_at = excluded.seen_at RETURNING "
            + _CONTACT.columns,
            who.platform,
            who.user_id,
            known,
            name,
            now,
        )
        assert row is not None  # an upsert always answers its row
        return _CONTACT.read(row)

    async def get(self, who: Identity) -> Contact | None:
        row = await self._tx.fetch_one(_SELECT + _ONE, who.platform, who.user_id)
        return _CONTACT.one(row)

    async def called(self, platform: Platform, username: str) -> Contact | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE platform = ? AND username = ?", platform, username.lower())
        return _CONTACT.one(row)

    async def choose(self, who: Identity, chat_id: str | None) -> None:
        await self._tx.execute("UPDATE telegram_user SET chat_id = ?" + _ONE, chat_id, who.platform, who.user_id)

    async def ask(self, who: Identity, dialogue: str | None, until: int) -> None:
        await self._tx.execute(
            "UPDATE telegram_user SET dialogue = ?, dialogue_until = ?" + _ONE,
            dialogue,
            until,
            who.platform,
            who.user_id,
        )

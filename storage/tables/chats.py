"""The bot's chats on Telegram."""

from collections.abc import Sequence

from payments.ports.stores import Chat
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select, upsert

_CHAT = row_type(Chat)


_SELECT_CHAT = select("telegram_chat", _CHAT.columns)


class SqlChats:
    """See `payments.ports.stores.Chats`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def get(self, chat_id: str) -> Chat | None:
        row = await self._tx.fetch_one(_SELECT_CHAT + " WHERE id = ?", chat_id)
        return _CHAT.one(row)

    async def present(self) -> Sequence[Chat]:
        rows = await self._tx.fetch(_SELECT_CHAT + " WHERE removed_at IS NULL ORDER BY title, id")
        return _CHAT.all(rows)

    async def put(self, chat: Chat) -> None:
        await self._tx.execute(upsert("telegram_chat", _CHAT.columns, "id"), *_CHAT.values(chat))

    async def set_link(self, chat_id: str, link: str | None) -> None:
        await self._tx.execute("UPDATE telegram_chat SET link = ? WHERE id = ?", link, chat_id)

    async def migrate(self, old_id: str, new_id: str) -> bool:
        changed = await self._tx.execute(
            "UPDATE place SET external_id = ? WHERE platform = 'telegram' AND external_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM place known WHERE known.platform = 'telegram' AND known.external_id = ?)",
            new_id,
            old_id,
            new_id,
        )
        changed += await self._tx.execute(
            "UPDATE target SET place_id = ?, external_id = ? WHERE platform = 'telegram' AND place_id = ? AND NOT "
            "EXISTS (SELECT 1 FROM target known WHERE known.platform = 'telegram' AND known.place_id = ?)",
            new_id,
            new_id,
            old_id,
            new_id,
        )
        changed += await self._tx.execute(
            "UPDATE telegram_chat SET id = ?, kind = 'supergroup', link = NULL WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM telegram_chat known WHERE known.id = ?)",
            new_id,
            old_id,
            new_id,
        )
        changed += await self._tx.execute("DELETE FROM telegram_chat WHERE id = ?", old_id)
        await self._tx.execute(
            "UPDATE team SET place_id = ? WHERE platform = 'telegram' AND place_id = ?", new_id, old_id
        )
        changed += await self._tx.execute("UPDATE telegram_user SET chat_id = ? WHERE chat_id = ?", new_id, old_id)
        await self._tx.execute("DELETE FROM telegram_kick WHERE chat_id = ?", old_id)  # bans don't move with a group
        return changed > 0

    async def begin_kick(self, chat_id: str, user_id: str, now: int) -> None:
        await self._tx.execute(
            insert("telegram_kick", "chat_id, user_id, began_at") + " ON CONFLICT (chat_id, user_id) DO NOTHING",
            chat_id,
            user_id,
            now,
        )

    async def kicking(self, chat_id: str, user_id: str) -> bool:
        found = await self._tx.fetch_one(
            "SELECT began_at FROM telegram_kick WHERE chat_id = ? AND user_id = ?", chat_id, user_id
        )
        return found is not None

    async def end_kick(self, chat_id: str, user_id: str) -> None:
        await self._tx.execute("DELETE FROM telegram_kick WHERE chat_id = ? AND user_id = ?", chat_id, user_id)

"""The chats that the bot is in, and who is being put out of them. The tables are called after the first platform."""

from collections.abc import Sequence

from payments.core.community import Place, Platform
from payments.ports.stores import ChatRoom
from storage.database import Tx
from storage.rows import row_type
from storage.statements import insert, select, upsert

_ROOM = row_type(ChatRoom)

_SELECT = select("telegram_chat", _ROOM.columns)


class SqlChatRooms:
    """See `payments.ports.stores.ChatRooms`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def get(self, place: Place) -> ChatRoom | None:
        row = await self._tx.fetch_one(_SELECT + " WHERE platform = ? AND id = ?", place.platform, place.external_id)
        return _ROOM.one(row)

    async def present(self, platform: Platform) -> Sequence[ChatRoom]:
        rows = await self._tx.fetch(_SELECT + " WHERE platform = ? AND removed_at IS NULL ORDER BY title, id", platform)
        return _ROOM.all(rows)

    async def put(self, chat: ChatRoom) -> None:
        await self._tx.execute(upsert("telegram_chat", _ROOM.columns, "platform, id"), *_ROOM.values(chat))

    async def set_link(self, place: Place, link: str | None) -> None:
        await self._tx.execute(
            "UPDATE telegram_chat SET link = ? WHERE platform = ? AND id = ?", link, place.platform, place.external_id
        )

    async def migrate(self, old: Place, new_id: str, kind: str) -> bool:
        platform, old_id = old.platform, old.external_id
        changed = await self._tx.execute(
            "UPDATE place SET external_id = ? WHERE platform = ? AND external_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM place known WHERE known.platform = ? AND known.external_id = ?)",
            new_id,
            platform,
            old_id,
            platform,
            new_id,
        )
        changed += await self._tx.execute(
            "UPDATE target SET place_id = ?, external_id = ? WHERE platform = ? AND place_id = ? AND NOT "
            "EXISTS (SELECT 1 FROM target known WHERE known.platform = ? AND known.place_id = ?)",
            new_id,
            new_id,
            platform,
            old_id,
            platform,
            new_id,
        )
        changed += await self._tx.execute(
            "UPDATE telegram_chat SET id = ?, kind = ?, link = NULL WHERE platform = ? AND id = ? AND NOT EXISTS "
            "(SELECT 1 FROM telegram_chat known WHERE known.platform = ? AND known.id = ?)",
            new_id,
            kind,
            platform,
            old_id,
            platform,
            new_id,
        )
        changed += await self._tx.execute("DELETE FROM telegram_chat WHERE platform = ? AND id = ?", platform, old_id)
        await self._tx.execute(
            "UPDATE team SET place_id = ? WHERE platform = ? AND place_id = ?", new_id, platform, old_id
        )
        changed += await self._tx.execute(
            "UPDATE telegram_user SET chat_id = ? WHERE platform = ? AND chat_id = ?", new_id, platform, old_id
        )
        await self._tx.execute(
            "UPDATE notice SET place_id = ? WHERE place_platform = ? AND place_id = ?", new_id, platform, old_id
        )
        await self._tx.execute(
            "UPDATE log_channel SET place_id = ?, room_id = ? WHERE platform = ? AND place_id = ?",
            new_id,
            new_id,
            platform,
            old_id,
        )
        await self._tx.execute(  # bans don't move with a chat
            "DELETE FROM telegram_kick WHERE platform = ? AND chat_id = ?", platform, old_id
        )
        await self._tx.execute(  # nor do those who ask to come in: its links are new
            "DELETE FROM join_request WHERE platform = ? AND chat_id = ?", platform, old_id
        )
        return changed > 0

    async def begin_kick(self, place: Place, user_id: str, now: int) -> None:
        await self._tx.execute(
            insert("telegram_kick", "platform, chat_id, user_id, began_at")
            + " ON CONFLICT (platform, chat_id, user_id) DO NOTHING",
            place.platform,
            place.external_id,
            user_id,
            now,
        )

    async def kicking(self, place: Place, user_id: str) -> bool:
        found = await self._tx.fetch_one("SELECT began_at FROM telegram_kick" + _KICK, *_kick(place, user_id))
        return found is not None

    async def end_kick(self, place: Place, user_id: str) -> None:
        await self._tx.execute("DELETE FROM telegram_kick" + _KICK, *_kick(place, user_id))

    async def ask(self, place: Place, user_id: str, now: int) -> None:
        await self._tx.execute(
            insert("join_request", "platform, chat_id, user_id, asked_at")
            + " ON CONFLICT (platform, chat_id, user_id) DO NOTHING",
            place.platform,
            place.external_id,
            user_id,
            now,
        )

    async def asks(self, place: Place, user_id: str) -> bool:
        found = await self._tx.fetch_one("SELECT asked_at FROM join_request" + _KICK, *_kick(place, user_id))
        return found is not None

    async def end_ask(self, place: Place, user_id: str) -> None:
        await self._tx.execute("DELETE FROM join_request" + _KICK, *_kick(place, user_id))


_KICK = " WHERE platform = ? AND chat_id = ? AND user_id = ?"


def _kick(place: Place, user_id: str) -> tuple[str, str, str]:
    return place.platform, place.external_id, user_id

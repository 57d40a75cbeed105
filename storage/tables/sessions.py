"""How often a bot opened a session at its platform."""

from payments.core.community import Identity
from storage.database import Tx


class SqlSessions:
    """See `payments.ports.stores.Sessions`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def used_until(self, bot: Identity) -> int:
        sql = "SELECT used_until FROM bot_session WHERE platform = ? AND bot_id = ?"
        row = await self._tx.fetch_one(sql, bot.platform, bot.user_id)
        return 0 if row is None else int(row["used_until"])

    async def use(self, bot: Identity, until: int) -> None:
        await self._tx.execute(
            "INSERT INTO bot_session (platform, bot_id, used_until) VALUES (?, ?, ?) "
            "ON CONFLICT (platform, bot_id) DO UPDATE SET used_until = excluded.used_until",
            bot.platform,
            bot.user_id,
            until,
        )

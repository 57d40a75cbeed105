"""What is finished and old goes, by looks of bounded length: a look reads on in the order of the primary key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from payments.ports.stores import Aged, Forgotten
from storage.database import Tx, marks


@dataclass(frozen=True, slots=True)
class _Rows:
    """`old` holds for those that may go; its one value is the time before which they must have been finished."""

    table: str
    key: str
    old: str


TOLD_ONCE_FOR_AN_ACT = (
    "access_back",
    "access_ended",
    "admin_needed",
    "account_left",
    "blocked",
    "breaker",
    "chat_back",
    "checkout_paid_late",
    "claimed",
    "given_up",
    "grace_ending",
    "invoice_sent",
    "join_asked",
    "join_declined",
    "joined",
    "linked",
    "news_there",
    "payment_back",
    "renewed",
    "team_rank",
    "trial_ending",
    "unlinked",
)
"""Kinds of notices that an act asks for as it happens, or a date that is over. Others are asked for again at each look
at the same facts, for years perhaps, and only their row says that they were told: an unpaid bill, a membership paid
twice, a member who has not come in. A kind that is not named here is kept."""

_OVER = "('made', 'refused')"

_NO_CALL_LEFT = (
    "NOT EXISTS (SELECT 1 FROM request r WHERE r.kind IN ('checkout', 'link_end') AND r.subject_id = checkout.id "
    f"AND r.state NOT IN {_OVER})"
)

_ROWS: Mapping[Aged, _Rows] = MappingProxyType(
    {
        Aged.GUESSES: _Rows("guess", "platform || ':' || user_id", "since_at < ?"),
        Aged.JOININGS: _Rows("joining", "id", "expires_at < ?"),
        Aged.TALKERS: _Rows(
            "telegram_user",
            "platform || ':' || user_id",
            "seen_at < ? AND NOT EXISTS (SELECT 1 FROM identity i "
            "WHERE i.platform = telegram_user.platform AND i.user_id = telegram_user.user_id)",
        ),
        Aged.CLAIMS: _Rows("claim", "code_hash", "expires_at < ?"),
        Aged.NOTICES: _Rows(
            "notice",
            "key",
            "created_at < ? AND state <> 'open' AND kind IN ("
            + ", ".join(f"'{kind}'" for kind in TOLD_ONCE_FOR_AN_ACT)
            + ")",
        ),
        Aged.CHECKOUTS: _Rows(
            "checkout",
            "id",
            "created_at < ? AND state = 'expired' AND NOT EXISTS (SELECT 1 FROM purchase p "
            f"WHERE p.checkout_id = checkout.id) AND {_NO_CALL_LEFT}",
        ),
        Aged.LINK_ENDINGS: _Rows("request", "id", f"created_at < ? AND kind = 'links' AND state IN {_OVER}"),
        Aged.LOG_LINES: _Rows("log_line", "key", "at < ? AND batch = 0 AND kind <> 'log_failed'"),
        Aged.AUDIT: _Rows("audit", "id", "at < ?"),
    }
)


class SqlAttic:
    """See `payments.ports.stores.Attic`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def forget(self, what: Aged, before: int, after: str | None, limit: int) -> Forgotten:
        rows = _ROWS[what]
        looked = await self._tx.fetch(
            f"SELECT {rows.key} AS name, CASE WHEN {rows.old} THEN 1 ELSE 0 END AS old FROM {rows.table} "
            f"WHERE {rows.key} > ? ORDER BY {rows.key} LIMIT ?",
            before,
            after or "",
            limit,
        )
        old = [str(row["name"]) for row in looked if row["old"]]
        if what is Aged.CHECKOUTS:
            await self._forget_calls(old)
        count = await self._delete(rows.table, rows.key, old)
        return Forgotten(count, str(looked[-1]["name"]) if len(looked) == limit else None)

    async def _forget_calls(self, checkouts: Sequence[str]) -> None:
        await self._delete("request", "subject_id", checkouts, also=" AND kind IN ('checkout', 'link_end')")

    async def _delete(self, table: str, key: str, names: Sequence[str], also: str = "") -> int:
        if not names:
            return 0
        return await self._tx.execute(f"DELETE FROM {table} WHERE {key} IN ({marks(len(names))}){also}", *names)

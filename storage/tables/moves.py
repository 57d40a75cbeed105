"""Links that wait for the maker's yes, and accounts that were replaced."""

from collections.abc import Collection, Mapping, Sequence

from payments.core.access import Entitlement
from payments.core.community import Identity, Platform
from payments.core.ids import AccountId, CommunityId, EntitlementId, PersonId, SubscriptionId
from payments.ports.stores import AccountMove, LinkWish, WishState
from storage.database import Row, Tx, chunks, marks
from storage.shared_sql import WHOSE
from storage.statements import insert, select
from storage.tables.codes import KEPT_MS
from storage.tables.entitlements import ENTITLEMENT

_WISH = "id, code_hash, maker_platform, maker_id, asker_platform, asker_id, kind, leaving, state, expires_at"
_MOVE = "id, platform, user_id, person_id, kept_platform, kept_id, came_id, state, at, until_at"

_BESIDE_MOVED = (
    "e.source = 'subscription' AND EXISTS (SELECT 1 FROM entitlement m WHERE m.source = e.source "
    "AND m.account_id = e.account_id AND m.source_id = e.source_id AND m.moved_id {})"
)
"""A plan that came to a subscription after it was handed over: it goes where the subscription goes."""


def _wish_of(row: Row) -> LinkWish:  # by hand: `leaving` is two things in one text
    platform, _, user_id = (row["leaving"] or "").partition(":")
    return LinkWish(
        id=row["id"],
        code_hash=row["code_hash"],
        maker=Identity(Platform(row["maker_platform"]), row["maker_id"]),
        requester=Identity(Platform(row["asker_platform"]), row["asker_id"]),
        kind=row["kind"],
        leaving=Identity(Platform(platform), user_id) if platform else None,
        state=WishState(row["state"]),
        expires_at=row["expires_at"],
    )


def _move_of(row: Row) -> AccountMove:  # by hand: who left and who came share the platform
    platform = Platform(row["platform"])
    return AccountMove(
        id=row["id"],
        left=Identity(platform, row["user_id"]),
        person_id=PersonId(row["person_id"]),
        kept=Identity(Platform(row["kept_platform"]), row["kept_id"]),
        came=Identity(platform, row["came_id"]),
        undone=row["state"] == "undone",
        at=row["at"],
        until_at=row["until_at"],
    )


class SqlMoves:
    """See `payments.ports.stores.Moves`."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx

    async def add_wish(self, wish: LinkWish) -> None:
        leaving = wish.leaving
        await self._tx.execute("DELETE FROM link_wish WHERE expires_at < ?", wish.expires_at - KEPT_MS)
        await self._tx.execute(
            insert("link_wish", _WISH),
            wish.id,
            wish.code_hash,
            wish.maker.platform,
            wish.maker.user_id,
            wish.requester.platform,
            wish.requester.user_id,
            wish.kind,
            None if leaving is None else f"{leaving.platform}:{leaving.user_id}",
            wish.state,
            wish.expires_at,
        )

    async def wish(self, wish_id: str) -> LinkWish | None:
        row = await self._tx.fetch_one(select("link_wish", _WISH) + " WHERE id = ?", wish_id)
        return _wish_of(row) if row else None

    async def wish_of_code(self, code_hash: str) -> LinkWish | None:
        row = await self._tx.fetch_one(select("link_wish", _WISH) + " WHERE code_hash = ?", code_hash)
        return _wish_of(row) if row else None

    async def wishes(self, maker: Identity, machine_now: int) -> Sequence[LinkWish]:
        rows = await self._tx.fetch(
            select("link_wish", _WISH)
            + " WHERE maker_platform = ? AND maker_id = ? AND state = 'open' AND expires_at > ? "
            "ORDER BY expires_at, id",
            maker.platform,
            maker.user_id,
            machine_now,
        )
        return [_wish_of(row) for row in rows]

    async def end_wish(self, wish_id: str, state: WishState) -> bool:
        ended = await self._tx.execute("UPDATE link_wish SET state = ? WHERE id = ? AND state = 'open'", state, wish_id)
        return ended > 0

    async def add(self, move: AccountMove) -> None:
        await self._tx.execute(
            insert("account_move", _MOVE),
            move.id,
            move.left.platform,
            move.left.user_id,
            move.person_id,
            move.kept.platform,
            move.kept.user_id,
            move.came.user_id,
            "undone" if move.undone else "open",
            move.at,
            move.until_at,
        )

    async def get(self, move_id: str) -> AccountMove | None:
        row = await self._tx.fetch_one(select("account_move", _MOVE) + " WHERE id = ?", move_id)
        return _move_of(row) if row else None

    async def of_person(self, person_id: PersonId) -> Sequence[AccountMove]:
        rows = await self._tx.fetch(
            select("account_move", _MOVE) + f" WHERE {WHOSE} ORDER BY at DESC, id DESC", person_id, person_id
        )
        return [_move_of(row) for row in rows]

    async def undone(self, move_id: str) -> bool:
        ended = await self._tx.execute(
            "UPDATE account_move SET state = 'undone' WHERE id = ? AND state = 'open'", move_id
        )
        return ended > 0

    async def hand_over(
        self, move_id: str, entitlement_ids: Collection[EntitlementId], frm: PersonId, to: PersonId
    ) -> None:
        for some in chunks(entitlement_ids):
            await self._tx.execute(
                "UPDATE entitlement SET beneficiary_id = ?, home_id = ?, moved_id = COALESCE(moved_id, ?) "
                f"WHERE beneficiary_id = ? AND id IN ({marks(len(some))})",
                to,
                to,
                move_id,
                frm,
                *some,
            )
            await self._bought_follows(some)

    async def give_back(
        self, move_id: str, to: PersonId, community_id: CommunityId | None = None
    ) -> Sequence[PersonId]:
        rows = await self._tx.fetch(
            "SELECT e.id, e.beneficiary_id FROM entitlement e JOIN plan p ON p.id = e.plan_id "
            f"WHERE (e.moved_id = ? OR (e.moved_id IS NULL AND {_BESIDE_MOVED.format('= ?')})) "
            "AND (CAST(? AS TEXT) IS NULL OR p.community_id = ?) ORDER BY e.id",
            move_id,
            move_id,
            community_id,
            community_id,
        )
        for some in chunks([EntitlementId(row["id"]) for row in rows]):
            await self._tx.execute(
                "UPDATE entitlement SET beneficiary_id = ?, home_id = ?, moved_id = NULL "
                f"WHERE id IN ({marks(len(some))})",
                to,
                to,
                *some,
            )
            await self._bought_follows(some)
        return list(dict.fromkeys(PersonId(row["beneficiary_id"]) for row in rows))

    async def _bought_follows(self, entitlement_ids: Collection[str]) -> None:
        """Subscriptions and purchases have the same beneficiary as their entitlements, of which these just moved."""
        listed = marks(len(entitlement_ids))
        for table, same in (("subscription", "e.account_id = subscription.account_id AND "), ("purchase", "")):
            which = f"FROM entitlement e WHERE e.source = '{table}' AND {same}e.source_id = {table}.id"
            which += f" AND e.id IN ({listed})"
            await self._tx.execute(
                f"UPDATE {table} SET beneficiary_id = (SELECT MIN(e.beneficiary_id) {which}) WHERE id IN "
                f"(SELECT source_id FROM entitlement WHERE source = '{table}' AND id IN ({listed}))"
                f" AND EXISTS (SELECT 1 {which})",
                *[*entitlement_ids] * 3,
            )

    async def handed_over(self, move_ids: Collection[str]) -> Sequence[Entitlement]:
        found: list[Entitlement] = []
        for some in chunks(move_ids):
            rows = await self._tx.fetch(
                select("entitlement e", ENTITLEMENT.columns)
                + f" WHERE moved_id IN ({marks(len(some))}) OR (moved_id IS NULL AND "
                + _BESIDE_MOVED.format(f"IN ({marks(len(some))})")
                + ") ORDER BY began_at, id",
                *some,
                *some,
            )
            found += ENTITLEMENT.all(rows)
        return found

    async def users_of(
        self, account_id: AccountId, subscription_ids: Collection[SubscriptionId]
    ) -> Mapping[SubscriptionId, PersonId]:
        found: dict[SubscriptionId, PersonId] = {}
        for some in chunks(subscription_ids):
            rows = await self._tx.fetch(
                "SELECT source_id, beneficiary_id FROM entitlement WHERE moved_id IS NOT NULL "
                f"AND source = 'subscription' AND account_id = ? AND source_id IN ({marks(len(some))})",
                account_id,
                *some,
            )
            found |= {SubscriptionId(row["source_id"]): PersonId(row["beneficiary_id"]) for row in rows}
        return found

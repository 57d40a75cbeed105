"""What grows with features is in no CHECK, so that a platform, a kind or a source needs no change of the schema."""

from __future__ import annotations

from collections.abc import Mapping

from storage.engines.sqlite_rebuild import constraints_of
from storage.migrate import migrate, shipped
from storage.open import open_database
from tests.frozen.files import choices
from tests.frozen.test_files import dangling, schema_in

STATES = {
    "account_move_state_check",
    "checkout_state_check",
    "claim_check",  # an open claim has no holder
    "claim_check1",  # a redeemed one has a place
    "claim_state_check",
    "code_state_check",
    "customer_state_check",
    "effect_state_check",
    "event_state_check",
    "joining_state_check",
    "link_wish_state_check",
    "notice_state_check",
    "plan_state_check",
    "price_check2",  # only a pending price is unknown at Stripe
    "price_state_check",
    "purchase_check",  # a paid purchase was paid at some time
    "purchase_state_check",
    "request_state_check",
    "telegram_update_state_check",
}
KNOWN = {"price_by_time", "price_for_good", "price_until", "code_of_place", "code_of_account"}
"""What a kind that is known must have, or not have: they refuse no other kind."""

RANKS = {"team_rank_check"}
"""No state, but as closed as one: each rank includes those before it, and rights over money hang on them."""


async def checks(url: str) -> Mapping[str, str]:
    """The CHECKs of a database by name."""
    database = await open_database(url)
    try:
        async with database.transaction() as tx:
            if url.startswith("sqlite:"):
                made = await tx.fetch("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
                every = {n: text for row in made for n, text in constraints_of(row["name"], row["sql"]).items()}
                return {name: text for name, text in every.items() if "CHECK" in text}
            found = await tx.fetch(
                "SELECT conname AS name, pg_get_constraintdef(oid) AS text FROM pg_constraint "
                "WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
            )
            return {row["name"]: row["text"] for row in found}
    finally:
        await database.close()


async def upgrade(url: str) -> None:
    database = await open_database(url)
    await migrate(database, shipped())
    await database.close()


async def test_every_check_that_lists_words_is_about_a_state(frozen_url: str) -> None:
    await upgrade(frozen_url)
    left = await checks(frozen_url)
    assert {name for name, text in left.items() if "'" in text} == STATES | RANKS | KNOWN


async def test_what_a_frozen_database_listed_may_be_anything_now_but_for_states(
    frozen_url: str, engine: str, version: int
) -> None:
    await upgrade(frozen_url)
    listed = {(table, column) for table, column, value in choices(schema_in(version, engine)) if not value.isdecimal()}
    opened = sorted(listed - {(table, column) for table, column in listed if column in ("state", "rank")})
    assert len(opened) > 20
    database = await open_database(frozen_url)
    async with database.transaction() as tx:
        for table, column in opened:
            assert await tx.execute(f"UPDATE {table} SET {column} = 'third ' || {column} WHERE {column} IS NOT NULL")
        for table in ("community", "price", "customer"):
            assert await tx.execute(f"UPDATE {table} SET currency = 'usdc'")
    await database.close()
    assert await dangling(frozen_url) == []


async def test_a_place_an_account_and_a_target_may_be_on_a_third_platform(frozen_url: str) -> None:
    await upgrade(frozen_url)
    database = await open_database(frozen_url)
    async with database.transaction() as tx:
        await tx.execute(
            "INSERT INTO place (platform, external_id, community_id, name) SELECT 'third', '1', id, 'There' "
            "FROM community ORDER BY id LIMIT 1"
        )
        await tx.execute(
            "INSERT INTO identity (platform, user_id, person_id, name, created_at) SELECT 'third', '7', id, 'Mia', 0 "
            "FROM person ORDER BY id LIMIT 1"
        )
        await tx.execute(
            "INSERT INTO target (id, community_id, platform, place_id, kind, external_id, name) "
            "SELECT 'tgt_3', id, 'third', '1', 'badge', '2', 'VIP' FROM community ORDER BY id LIMIT 1"
        )
    async with database.transaction() as tx:
        for table in ("place", "identity", "target"):
            assert len(await tx.fetch(f"SELECT name FROM {table} WHERE platform = 'third'")) == 1
    await database.close()

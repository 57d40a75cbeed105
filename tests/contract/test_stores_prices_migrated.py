"""A database from before plans had several prices: what is sold goes on, and of two prices begun, the newest."""

from pathlib import Path

import pytest

from storage.database import Database
from storage.migrate import migrate, shipped
from storage.open import open_database
from tests.storage_fixtures import ENGINES

BEFORE = next(number for number, migration in enumerate(shipped()) if "price_on_sale" in migration.sql)
ROWS = """
INSERT INTO stripe_account (id, livemode, currency, created_at) VALUES ('acct_1', 0, 'eur', 1);
INSERT INTO community (id, name, locale, currency, grace_ms, created_at) VALUES ('com_1', 'Cave', 'en', 'eur', 0, 1);
INSERT INTO plan (id, community_id, name, name_key, description, state, grace_ms, trial_days, pause_keeps_access,
    refund_ends_access, dispute_ends_access, created_at)
VALUES ('pln_1', 'com_1', 'Pro', 'pro', '', 'active', 0, 0, 0, 1, 1, 1);
"""


PRICE = """
INSERT INTO price (id, plan_id, account_id, kind, amount, currency, unit, count, state, stripe_product_id,
    stripe_price_id, created_at)
VALUES (?, 'pln_1', 'acct_1', 'recurring', 900, 'eur', 'month', 1, ?, ?, ?, ?)
"""


async def add_price(database: Database, id_: str, state: str, created_at: int) -> None:
    async with database.transaction() as tx:
        made = None if state == "pending" else f"price_{id_}"
        await tx.execute(PRICE, id_, state, made and "prod_1", made, created_at)


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/before.db"
    return str(request.getfixturevalue("empty_postgres_url"))


async def test_what_is_sold_goes_on_and_of_prices_begun_twice_the_newest_counts(address: str) -> None:
    database = await open_database(address)
    try:
        await migrate(database, shipped()[:BEFORE])
        async with database.transaction() as tx:
            for statement in ROWS.split(";")[:-1]:
                await tx.execute(statement)
        for id_, state, at in (
            ("old", "retired", 1),
            ("sold", "active", 2),
            ("lost", "pending", 3),
            ("new", "pending", 4),
        ):
            await add_price(database, id_, state, at)
        assert await migrate(database, shipped()) == len(shipped()) - BEFORE
        async with database.transaction() as tx:
            rows = await tx.fetch("SELECT id, state FROM price ORDER BY created_at")
        assert [(row["id"], row["state"]) for row in rows] == [
            ("old", "retired"),
            ("sold", "active"),
            ("new", "pending"),
        ]
    finally:
        await database.close()

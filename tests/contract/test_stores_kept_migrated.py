"""A database from before anybody was asked about bills that were taken back: nobody who has access loses it for one."""

from pathlib import Path

import pytest

from storage.migrate import migrate, shipped
from storage.open import open_database
from tests.storage_fixtures import ENGINES

BEFORE = next(number for number, migration in enumerate(shipped()) if "access_kept" in migration.sql)
ROWS = """
INSERT INTO stripe_account (id, livemode, currency, created_at) VALUES ('acct_1', 0, 'eur', 1);
INSERT INTO community (id, name, locale, currency, grace_ms, created_at) VALUES ('com_1', 'Cave', 'en', 'eur', 0, 1);
INSERT INTO person (id, locale, created_at) VALUES ('prs_1', 'en', 1);
INSERT INTO customer (id, account_id, person_id, currency, created_at) VALUES ('cus_1', 'acct_1', 'prs_1', 'eur', 1);
INSERT INTO plan (id, community_id, name, name_key, description, state, grace_ms, trial_days, pause_keeps_access,
    refund_ends_access, dispute_ends_access, created_at)
VALUES ('pln_1', 'com_1', 'Pro', 'pro', '', 'active', 0, 0, 0, 1, 1, 1);
"""
HELD = """
INSERT INTO entitlement (id, source, source_id, account_id, plan_id, payer_id, beneficiary_id, began_at, access_from,
    access_until, reason)
VALUES (?, 'subscription', ?, 'acct_1', 'pln_1', 'prs_1', 'prs_1', 1, ?, ?, ?)
"""
BILLED = """
INSERT INTO invoice (account_id, id, customer_id, subscription_id, status, currency, total, amount_paid,
    amount_remaining, created_at)
VALUES ('acct_1', ?, 'cus_1', ?, ?, 'eur', 900, 0, 900, 1)
"""


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/before.db"
    return str(request.getfixturevalue("empty_postgres_url"))


async def test_what_was_taken_back_before_counts_as_kept_for_whoever_has_access(address: str) -> None:
    database = await open_database(address)
    try:
        await migrate(database, shipped()[:BEFORE])
        async with database.transaction() as tx:
            for statement in ROWS.split(";")[:-1]:
                await tx.execute(statement)
            for sub, since, until, reason in (
                ("in", 1, None, "paid"),
                ("grace", 1, 9, "grace"),
                ("over", 1, 9, "past_due"),
                ("back", None, None, "refunded"),
            ):
                await tx.execute(HELD, f"ent_{sub}", sub, since, until, reason)
                for status in ("void", "uncollectible", "draft", "paid", "open"):
                    await tx.execute(BILLED, f"{sub}_{status}", sub, status)
            await tx.execute(BILLED, "none_void", None, "void")
        await migrate(database, shipped())
        async with database.transaction() as tx:
            rows = await tx.fetch("SELECT id FROM invoice WHERE access_kept = 1 ORDER BY id")
        kept = {f"{sub}_{status}" for sub in ("in", "grace") for status in ("void", "uncollectible", "draft", "paid")}
        assert {row["id"] for row in rows} == kept
    finally:
        await database.close()

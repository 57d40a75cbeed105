"""The database's address, its schema and the schema's versions."""

import asyncio
from pathlib import Path

import pytest

from payments.ports.stores import StoreUnavailable
from storage.database import ConstraintViolated, DatabaseRefused
from storage.engines import postgres
from storage.engines.postgres import POSTGRES, numbered
from storage.engines.sqlite import settings_of
from storage.hold import hold
from storage.migrate import Migration, SchemaTooNew, migrate, schema_version, shipped, statements
from storage.open import open_database
from storage.store import open_beside, open_store

# Addresses


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///guestlist.db", "guestlist.db"),
        ("sqlite:///data/guest%20list.db", "data/guest list.db"),
        ("sqlite:////var/lib/guestlist.db", "/var/lib/guestlist.db"),
    ],
)
def test_a_sqlite_address_names_a_file(url: str, path: str) -> None:
    assert settings_of(url).path == Path(path)


@pytest.mark.parametrize("url", ["mysql://x/y", "guestlist.db", "sqlite:///", "sqlite:///x.db?cache=shared"])
async def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the database's address"):
        await open_store(url)


def test_placeholders_are_numbered_but_not_inside_literals() -> None:
    assert (
        numbered("a = ? AND b = 'why?' AND c = 'it''s ?' AND d = ?")
        == "a = $1 AND b = 'why?' AND c = 'it''s ?' AND d = $2"
    )


# The schema's versions


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest) -> str:
    """A database without a schema."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    url: str = request.getfixturevalue(name)
    return url.partition("?busy_timeout_ms")[0]  # who starts beside others waits for them as in service


async def test_the_schema_is_applied_once(empty_url: str) -> None:
    database = await open_database(empty_url)
    assert await migrate(database, shipped()) == len(shipped())
    assert await migrate(database, shipped()) == 0
    await database.close()


async def test_versions_are_applied_in_order_and_one_that_fails_leaves_nothing(empty_url: str) -> None:
    database = await open_database(empty_url)
    first = Migration(1, "CREATE TABLE drink (name TEXT NOT NULL); INSERT INTO drink VALUES ('tea');")
    second = Migration(2, "ALTER TABLE drink ADD COLUMN price BIGINT; UPDATE drink SET price = 3;")
    broken = Migration(2, "INSERT INTO drink VALUES ('coffee'); INSERT INTO drink VALUES (NULL);")
    with pytest.raises(ConstraintViolated):
        await migrate(database, (first, broken))
    assert await migrate(database, (first, second)) == 1
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT name, price FROM drink")
    assert [(row["name"], row["price"]) for row in rows] == [("tea", 3)]
    await database.close()


async def test_a_newer_schema_is_refused_with_a_clear_word(empty_url: str) -> None:
    await (await open_store(empty_url)).close()
    database = await open_database(empty_url)
    async with database.transaction() as tx:
        assert await tx.execute("UPDATE schema_version SET version = 99") == 1
    await database.close()
    with pytest.raises(SchemaTooNew, match=r"version 99, but this Guestlist knows versions up to \d+\. Install"):
        await open_store(empty_url)


async def test_processes_that_start_at_once_make_one_schema(empty_url: str) -> None:
    stores = await asyncio.gather(*(open_store(empty_url) for _ in range(4)))
    for store in stores:
        assert await store.healthy()
        await store.close()


async def test_a_new_sqlite_file_may_be_opened_by_several_at_once(tmp_path: Path) -> None:
    """SQLite refuses to switch to WAL while another does, without waiting; in one round of seven or so."""
    for number in range(30):
        url = f"sqlite:///{tmp_path}/{number}.db"
        for store in await asyncio.gather(*(open_store(url) for _ in range(4))):
            await store.close()
        assert (tmp_path / f"{number}.db").is_file()


def test_comments_are_no_statements() -> None:
    assert list(statements("-- one; two\nCREATE TABLE a (b TEXT); -- why\n\n;SELECT 1")) == [
        "CREATE TABLE a (b TEXT)",
        "SELECT 1",
    ]
    assert "COLLATE" in POSTGRES.text


async def test_an_upgrade_keeps_serving_the_places_that_sell_already_and_no_others(empty_url: str) -> None:
    database = await open_database(empty_url)
    await migrate(database, shipped()[:7])
    async with database.transaction() as tx:
        for name in ("shop", "stranger"):
            await tx.execute(
                "INSERT INTO community (id, name, locale, currency, grace_ms, created_at) "
                "VALUES (?, ?, 'en', 'eur', 0, 0)",
                name,
                name,
            )
            await tx.execute(
                "INSERT INTO place (platform, external_id, community_id, name) VALUES ('discord', ?, ?, ?)",
                name,
                name,
                name,
            )
        await tx.execute(
            "INSERT INTO plan (id, community_id, name, name_key, description, state, grace_ms, trial_days, "
            "pause_keeps_access, refund_ends_access, dispute_ends_access, created_at) "
            "VALUES ('p', 'shop', 'Pro', 'pro', '', 'archived', 0, 0, 0, 1, 1, 0)"
        )
    await migrate(database, shipped())
    async with database.transaction() as tx:
        rows = await tx.fetch("SELECT external_id FROM place WHERE served = 1")
    assert [row["external_id"] for row in rows] == ["shop"]
    await database.close()


# Beside a service


async def at_version(url: str, version: int) -> None:
    database = await open_database(url)
    await migrate(database, shipped()[:version])
    await database.close()


async def version_of(url: str) -> int:
    database = await open_database(url)
    try:
        return await schema_version(database)
    finally:
        await database.close()


@pytest.mark.parametrize(("update", "audit", "seen_at"), [(7_000, 5_000, 7_000), (None, 5_000, 5_000), (None, None, 0)])
async def test_whom_an_older_version_met_on_telegram_counts_as_seen_when_it_last_heard_of_anybody(
    empty_url: str, update: int | None, audit: int | None, seen_at: int
) -> None:
    database = await open_database(empty_url)
    await migrate(database, shipped()[:10])
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO telegram_user (user_id, username, name) VALUES ('304', 'tom', 'Tom')")
        if update is not None:
            await tx.execute(
                "INSERT INTO telegram_update (id, update_id, lane, body, received_at, state, attempts, next_at, "
                "lease_token, lease_until) VALUES ('u', 1, '304', '{}', ?, 'done', 0, 0, '', 0)",
                update,
            )
        if audit is not None:
            await tx.execute(
                "INSERT INTO audit (id, at, actor, action, detail) VALUES ('a', ?, 'guestlist', 'granted', '')", audit
            )
    await migrate(database, shipped())
    async with database.transaction() as tx:
        row = await tx.fetch_one("SELECT seen_at FROM telegram_user WHERE user_id = '304'")
    assert row is not None
    assert row["seen_at"] == seen_at
    await database.close()


async def test_customers_that_an_older_version_replaced_are_known_again_and_looked_at(empty_url: str) -> None:
    database = await open_database(empty_url)
    await migrate(database, shipped()[:11])
    replaced, kept = "cus_" + "a" * 20, "cus_" + "b" * 20
    requests = [
        ("r1", replaced, "cus_one"),
        ("r2", f"{replaced}:cus_one", "cus_two"),
        ("r3", f"{replaced}:cus_two", "cus_three"),
        ("r4", kept, "cus_four"),
    ]
    async with database.transaction() as tx:
        await tx.execute("INSERT INTO person (id, locale, created_at) VALUES ('prs_a', 'en', 0)")
        await tx.execute(
            "INSERT INTO stripe_account (id, livemode, currency, created_at) VALUES ('acct_1', 0, 'eur', 0)"
        )
        for id_, currency, stripe_id in ((replaced, "eur", "cus_three"), (kept, "usd", "cus_four")):
            await tx.execute(
                "INSERT INTO customer (id, person_id, account_id, currency, stripe_id, created_at) "
                "VALUES (?, 'prs_a', 'acct_1', ?, ?, 0)",
                id_,
                currency,
                stripe_id,
            )
        for id_, subject, result in requests:
            await tx.execute(
                "INSERT INTO request (id, account_id, kind, subject_id, params, state, result_id, created_at) "
                "VALUES (?, 'acct_1', 'customer', ?, '{}', 'made', ?, 0)",
                id_,
                subject,
                result,
            )
    await migrate(database, shipped())
    async with database.transaction() as tx:
        former = await tx.fetch("SELECT stripe_id, customer_id FROM former_customer ORDER BY stripe_id")
        due = await tx.fetch("SELECT id FROM customer WHERE recheck_at <= 0")
    assert [(row["stripe_id"], row["customer_id"]) for row in former] == [("cus_one", replaced), ("cus_two", replaced)]
    assert [row["id"] for row in due] == [replaced]
    await database.close()


async def test_a_command_does_not_upgrade_the_database_under_a_running_service(empty_url: str) -> None:
    await at_version(empty_url, 7)
    lock = hold(empty_url)
    with pytest.raises(
        DatabaseRefused, match=rf"^schema 7, but this version needs {len(shipped())}: restart the service$"
    ):
        await open_beside(empty_url)
    assert await version_of(empty_url) == 7
    if lock is not None:
        lock.release()


async def test_a_command_upgrades_a_database_that_nobody_runs_on_and_keeps_a_copy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/guestlist.db"
    await at_version(url, 7)
    store = await open_beside(url)
    lock = hold(url)
    assert lock is not None, "a service may start again"
    lock.release()
    await store.close()
    assert await version_of(url) == len(shipped())
    assert [file.name.split("-")[0] for file in copies(tmp_path)] == ["guestlist.db.v7"]


def copies(folder: Path) -> list[Path]:
    return list(folder.glob("*.backup"))


async def test_a_command_opens_a_new_database_and_one_that_is_in_use_and_up_to_date(empty_url: str) -> None:
    await (await open_beside(empty_url)).close()
    lock = hold(empty_url)
    await (await open_beside(empty_url)).close()
    if lock is not None:
        lock.release()


async def test_a_command_waits_for_a_service_that_is_just_upgrading(empty_url: str) -> None:
    await at_version(empty_url, 7)
    lock = hold(empty_url)
    opening = asyncio.create_task(open_beside(empty_url))
    await asyncio.sleep(0)
    await at_version(empty_url, len(shipped()))
    await (await opening).close()
    if lock is not None:
        lock.release()


async def test_a_migration_may_take_longer_than_any_other_statement(
    empty_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may rewrite a table of any size: cut off, it would be cut off again at each start."""
    monkeypatch.setattr(postgres, "STATEMENT_SECONDS_MAX", 0.3)
    database = await open_database(empty_postgres_url)
    try:
        assert await migrate(database, (Migration(1, "SELECT pg_sleep(1)"),)) == 1
        with pytest.raises(StoreUnavailable):
            async with database.transaction() as tx:
                await tx.fetch("SELECT pg_sleep(1)")
    finally:
        await database.close()

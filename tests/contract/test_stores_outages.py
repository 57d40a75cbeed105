"""A database that is locked, gone, full, read-only or slow is an outage that passes."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from payments.core.billing import SnapshotPart
from payments.core.community import Platform
from payments.core.ids import PersonId
from payments.ports.stores import AuditEntry, StoreUnavailable
from storage.database import DatabaseRefused
from storage.open import open_database
from storage.store import SqlStore, open_store
from tests.contract import builders
from tests.contract.builders import ADA, BEN, CAVE, NOW, event
from tests.storage_fixtures import PostgresServer


@asynccontextmanager
async def out_of_order(store: SqlStore) -> AsyncIterator[None]:
    """While this holds, nothing can be stored and everybody is told so; afterwards everything works again."""
    yield
    for attempt in (store.ingest(event("evt_lost"), SnapshotPart.ALL), write(store)):
        with pytest.raises(StoreUnavailable):
            await attempt
    assert not await store.healthy()


async def write(store: SqlStore) -> None:
    async with store.transaction() as tx:
        await builders.person(tx)
        await tx.audit_log.add(AuditEntry("aud_1", NOW, CAVE, ADA, None, "test", "test", "x" * 20_000))


async def works(store: SqlStore) -> None:
    assert (await store.ingest(event("evt_kept"), SnapshotPart.ALL)).new
    await write(store)
    assert await store.healthy()


async def test_a_locked_sqlite_file_is_an_outage_that_passes(sqlite_store: SqlStore, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "guestlist.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with out_of_order(sqlite_store):
        pass
    other.execute("ROLLBACK")
    other.close()
    await works(sqlite_store)


async def test_a_sqlite_file_that_is_gone_or_replaced_is_an_outage(sqlite_store: SqlStore, tmp_path: Path) -> None:
    file, away = tmp_path / "guestlist.db", tmp_path / "away.db"
    file.rename(away)
    async with out_of_order(sqlite_store):
        pass
    file.write_bytes(b"")
    async with out_of_order(sqlite_store):
        pass
    file.unlink()
    away.rename(file)
    await works(sqlite_store)


async def test_a_full_sqlite_file_is_an_outage_until_there_is_room(tmp_path: Path) -> None:
    await (await open_store(f"sqlite:///{tmp_path}/full.db")).close()
    with sqlite3.connect(tmp_path / "full.db") as other:
        [(pages,)] = other.execute("PRAGMA page_count")
    other.close()
    store = await open_store(f"sqlite:///{tmp_path}/full.db?max_page_count={pages + 40}")
    stored = 0
    with pytest.raises(StoreUnavailable, match="full"):  # noqa: PT012 - one of them finds no room
        for number in range(500):
            await store.ingest(replace(event(f"evt_{number}"), body="x" * 4000), SnapshotPart.ALL)
            stored = number + 1
    assert stored > 1
    assert not await store.healthy()
    with sqlite3.connect(tmp_path / "full.db") as other:
        assert other.execute("SELECT COUNT(*) FROM event").fetchall() == [(stored,)]
        other.execute("DELETE FROM event")
        other.commit()
    other.close()
    await works(store)
    await store.close()


async def test_a_read_only_postgres_is_an_outage_that_passes(postgres_store: SqlStore, postgres_url: str) -> None:
    await read_only(postgres_url, "on")
    store = await open_database(postgres_url)
    async with out_of_order(SqlStore(store)):
        pass
    await store.close()
    await read_only(postgres_url, "off")
    await works(postgres_store)


async def read_only(url: str, value: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(f"ALTER DATABASE guestlist SET default_transaction_read_only = {value}")
    await connection.close()


async def test_lost_connections_to_postgres_are_made_anew(postgres_store: SqlStore, postgres_url: str) -> None:
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    admin = await asyncpg.connect(postgres_url)
    own = await admin.fetchval("SELECT pg_backend_pid()")
    with pytest.raises(StoreUnavailable):  # noqa: PT012 - the connection is lost in the middle
        async with postgres_store.transaction() as tx:
            await builders.person(tx)
            await admin.execute(drop, own)
            await tx.identities.name(ADA, [Platform.DISCORD])
    await admin.close()
    async with postgres_store.transaction() as tx:
        assert await tx.identities.identities(ADA) == []
    await works(postgres_store)


async def test_a_deadlock_is_an_outage_for_one_and_not_for_the_other(postgres_store: SqlStore) -> None:
    async with postgres_store.transaction() as tx:
        await builders.cave(tx)
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> None:
        async with postgres_store.transaction() as tx:
            await tx.identities.lock([PersonId(first)])
            await both.wait()
            await tx.identities.lock([PersonId(second)])

    answers = await asyncio.gather(cross(ADA, BEN), cross(BEN, ADA), return_exceptions=True)
    assert [type(answer) for answer in answers if answer is not None] == [StoreUnavailable]
    await works(postgres_store)


async def test_a_postgres_that_is_not_there_is_an_outage(postgres_server: PostgresServer, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        await open_store(f"postgresql://postgres@/guestlist?host={tmp_path}")
    with pytest.raises(StoreUnavailable):
        await open_store(postgres_server.url("no_such_database"))


async def test_closing_does_not_wait_for_ever_for_an_abandoned_transaction(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engines.sqlite.CLOSE_SECONDS_MAX", 0.05)
    monkeypatch.setattr("storage.engines.postgres.CLOSE_SECONDS_MAX", 0.05)
    store = await open_store(store_url)
    inside = asyncio.Event()

    async def abandoned() -> None:
        async with store.transaction() as tx:
            await builders.person(tx)
            inside.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(abandoned())
    await inside.wait()
    async with asyncio.timeout(60):
        await store.close()
        task.cancel()
        await asyncio.wait({task})
    with pytest.raises(StoreUnavailable):
        async with store.transaction():
            pass
    store = await open_store(store_url)
    async with store.transaction() as tx:
        assert await tx.identities.identities(ADA) == []
    await store.close()


async def test_a_transaction_does_not_wait_for_ever_for_its_turn(
    sqlite_store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.engines.sqlite.TURN_SECONDS_MAX", 0.05)
    async with sqlite_store.transaction():
        with pytest.raises(StoreUnavailable, match="busy"):
            async with sqlite_store.transaction():
                pass
        with pytest.raises(StoreUnavailable, match="busy"):
            await sqlite_store.ingest(event(), SnapshotPart.ALL)
    await works(sqlite_store)


async def test_a_file_that_cannot_be_made_is_an_outage(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        await open_store(f"sqlite:///{tmp_path}/nowhere/guestlist.db")


async def test_a_file_that_is_no_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Ada, " * 200)
    with pytest.raises(DatabaseRefused, match=r"not a database.*guestlist restore FILE"):
        await open_store(f"sqlite:///{tmp_path}/letter.txt")

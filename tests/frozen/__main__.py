"""`python -m tests.frozen`: freeze the present schema. Once: frozen files are never overwritten."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from payments.core.access import Reason
from payments.core.billing import InvoiceStatus, SubscriptionStatus
from storage.migrate import shipped
from storage.store import open_store
from tests.frozen.files import DIALECTS, ROWS, Rows, database_file, inserts, missing, rows_of, schema_of, world_file
from tests.frozen.history import drawn, play
from tests.frozen.world import world_of
from tests.storage_fixtures import SHARED, running_postgres

SEED = 12
UNLISTED: Mapping[tuple[str, str], type[StrEnum]] = {
    ("subscription", "status"): SubscriptionStatus,
    ("invoice", "status"): InvoiceStatus,
    ("entitlement", "reason"): Reason,
}
"""Columns whose words no CHECK lists."""


async def freeze(engine: str, url: str) -> str:
    """Play the history in this empty database, and write down what it leaves. Answers the world around it."""
    version = len(shipped())
    with drawn(SEED):
        store = await open_store(url)
        try:
            both = await play(store)
        finally:
            await store.close()
    rows = await rows_of(url)
    schema = schema_of(DIALECTS[engine], shipped())
    lacking = [*missing(schema, rows), *_unused(rows)]
    assert not lacking, f"the history must come to these too: {lacking}"
    text = f"-- Schema {version} as it was released. Never edited: see tests/frozen/__init__.py.\n{schema}{ROWS}\n"
    database_file(version, engine).write_text(text + inserts(rows), encoding="utf-8")
    return world_of(both)


def _unused(rows: Rows) -> Iterator[str]:
    """Words of this version that the database has in no row. Nothing is stored as unknown."""
    for (table, column), words in UNLISTED.items():
        found = {row[column] for row in rows[table]}
        yield from (f"{table}.{column}: {word}" for word in words if word not in found and word != "unknown")


def main() -> int:
    """Exit codes: 0 frozen, 1 there were files already."""
    version = len(shipped())
    if world_file(version).exists():
        print(f"Schema {version} is frozen already, and frozen files are never overwritten.")
        return 1
    with tempfile.TemporaryDirectory() as folder, running_postgres() as server:
        world = asyncio.run(freeze("sqlite", f"sqlite:///{Path(folder) / 'guestlist.db'}"))
        assert asyncio.run(freeze("postgres", server.url(SHARED))) == world, "one world for both"
    world_file(version).write_text(world, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`guestlist backup` while a purchase is made and the process dies: each copy is whole, with all that was acked."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from storage.database import DatabaseRefused
from storage.files.backup import back_up
from storage.files.restore import restore
from storage.verify import verify
from tests.crash.ledger import WRONG, Reader, SqliteReader, counted

COPIES = 2
AT_ANY_MOMENT = (
    "an access without its effect",
    "links open beside each other",
    "a made request without its result",
    "subscriptions that began twice or never",
    "refunds told twice or never",
)
"""What is never so, however much work there is to do."""

EVENTS = "SELECT id FROM event"


async def copies(reader: Reader, folder: Path) -> list[str]:
    """Copy the database again and again, and put each copy in an empty place; what is wrong with them, in words.

    PostgreSQL is copied by its own tools.
    """
    if not isinstance(reader, SqliteReader):
        return []
    wrong: list[str] = []
    for number in range(COPIES):
        before = {row[0] for row in await reader.rows(EVENTS)}
        copy, put = folder / f"copy-{number}.db", folder / f"put-{number}.db"
        try:
            await asyncio.to_thread(back_up, reader.path, copy)
            await asyncio.to_thread(restore, copy, put, livemode=False)
        except (DatabaseRefused, sqlite3.Error) as error:
            return [f"no copy could be made: {error}"]
        wrong += await _wrong(put, before)
    return wrong


async def _wrong(put: Path, before: set[str]) -> list[str]:
    wrong = [verdict.line for verdict in await verify(f"sqlite:///{put}") if not verdict.good]
    copied = SqliteReader(put)
    wrong += [*await counted(copied, {name: WRONG[name] for name in AT_ANY_MOMENT}), *await copied.broken()]
    with closing(sqlite3.connect(put)) as connection:
        lost = before - {row[0] for row in connection.execute(EVENTS)}
    return [*(f"a copy: {line}" for line in wrong), *(f"a copy lacks the webhook {event}" for event in sorted(lost))]

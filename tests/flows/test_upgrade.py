"""A database that the first version wrote goes on where it was: nobody is a moment out, and all can be put out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.migrate import migrate, shipped, statements
from storage.open import open_database
from storage.store import open_store
from tests.core.builders import VIP
from tests.flows.two_platforms import ANN, LOUNGE, TINA, on_discord, open_both_sides
from tests.storage_fixtures import ENGINES

BEN = on_discord("ben")


@pytest.fixture(params=ENGINES)
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Two databases of one engine: with the present schema, and without any."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/now.db", f"sqlite:///{tmp_path}/first.db"
    return request.getfixturevalue("postgres_url"), request.getfixturevalue("empty_postgres_url")


async def test_members_of_the_first_version_link_and_are_put_out_as_all_others(urls: tuple[str, str]) -> None:
    present, first = urls
    both = await open_both_sides(await open_store(present))
    both.discord.servers["100"].members[BEN.user_id] = {"role-tgt_vip"}
    ann, ben = await both.pays("ann", ANN), await both.pays("ben", BEN)
    await both.store.close()
    await copy_as_first_version(present, first)
    both.forget_calls()

    both.club.app.store = await open_store(first)
    try:
        held = await both.access(ann.person_id, VIP)
        kept = await both.access(ben.person_id, VIP)
        waits = await both.access(ann.person_id, LOUNGE)
        assert held is not None
        assert (held.user_id, held.applied, held.held_before) == (ANN.user_id, True, False)
        assert kept is not None
        assert (kept.user_id, kept.applied, kept.held_before) == (BEN.user_id, True, True)
        assert waits is not None
        assert (waits.user_id, waits.applied) == (None, False)
        await both.work()
        assert both.changes == []

        await both.comes(TINA, "tina")
        await both.links(ANN, TINA)
        await both.settle()
        await both.work()
        assert both.has_role(ANN)
        assert both.in_lounge(TINA)

        await both.ends(ann, "ann")
        await both.ends(ben, "ben")
        await both.work()
        assert not both.has_role(ANN)
        assert not both.in_lounge(TINA)
        assert both.has_role(BEN), "who had it before us keeps it"
    finally:
        await both.store.close()


async def copy_as_first_version(present: str, first: str) -> None:
    """Everything in one database, as the first version would have stored it in another."""
    source, copy = await open_database(present), await open_database(first)
    await migrate(copy, shipped()[:1])
    async with source.transaction() as read, copy.transaction() as write:
        for table, names in tables(shipped()[0].sql):
            columns = ", ".join(names)
            for row in await read.fetch(f"SELECT {columns} FROM {table}"):
                marks = ", ".join("?" for _ in names)
                values = [row[name] for name in names]
                await write.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", *values)
    await source.close()
    await copy.close()


def tables(sql: str) -> Iterator[tuple[str, list[str]]]:
    """The tables that a schema makes, in its order, with their columns."""
    for statement in statements(sql):
        made = re.match(r"CREATE TABLE (\w+)", statement)
        if made:
            yield made[1], re.findall(r"^    (\w+) (?:TEXT|BIGINT)\b", statement, re.MULTILINE)

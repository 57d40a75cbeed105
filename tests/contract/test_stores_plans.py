"""What is done all day reads what it is about, never all that there is.

Asked of SQLite's planner, which knows no counts: it plans alike for three members and for a hundred thousand. How long
it takes, `make bench ARGS="--only growth"` tells.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import pytest

from payments.core.access import EffectState
from payments.core.community import Place, Platform
from payments.flows.jobs import redrive
from payments.ports.stores import Transaction
from storage.database import Row, Value
from storage.engines.sqlite_transaction import SqliteTx
from storage.store import SqlStore
from tests.bench import crowd, growth

MEMBERS = growth.EVENTS
SMALL = {"community", "place", "target", "plan", "plan_target", "price", "stripe_account", "lease", "telegram_chat"}
"""Tables with a few rows, however many members there are."""

BOUNDED = "LIMIT ?) AS persons"
"""Counts members in the order of their index, no further than matters."""

STEP = re.compile(r"(?P<how>SCAN|SEARCH) (?P<of>\w+)(?: USING (?:COVERING )?INDEX (?P<index>\w+))?")
UNSELECTIVE = ("access_target (target_id=?)", "entitlement_plan", "(platform=?)", "(kind=?)", "(account_id=?)")
"""Searches by what many members have in common."""


class Planned:
    """Every statement of a transaction, with what SQLite plans for it."""

    def __init__(self, tables: Collection[str]) -> None:
        self.tables = tables
        self.plans: dict[str, list[str]] = {}

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on."""
        fetch, execute = SqliteTx.fetch, SqliteTx.execute

        async def plan(tx: SqliteTx, sql: str, values: Sequence[Value]) -> None:
            if sql not in self.plans:
                self.plans[sql] = []
                self.plans[sql] = [row["detail"] for row in await fetch(tx, f"EXPLAIN QUERY PLAN {sql}", *values)]

        async def fetching(tx: SqliteTx, sql: str, *values: Value) -> Sequence[Row]:
            await plan(tx, sql, values)
            return await fetch(tx, sql, *values)

        async def executing(tx: SqliteTx, sql: str, *values: Value) -> int:
            await plan(tx, sql, values)
            return await execute(tx, sql, *values)

        monkeypatch.setattr(SqliteTx, "fetch", fetching)
        monkeypatch.setattr(SqliteTx, "execute", executing)

    def whole(self, partial: set[str]) -> dict[str, list[str]]:
        """The statements that read a table of members whole, or by what many have in common.

        An index in `partial` has few rows, however many its table has.
        """
        found: dict[str, list[str]] = {}
        for sql, steps in self.plans.items():
            tables = {alias: table for table, alias in re.findall(r"\b(?:FROM|JOIN|UPDATE) (\w+) (\w)\b", sql)}
            bad = [step for step in steps if self._whole(step, tables, partial)]
            if bad and BOUNDED not in sql:
                found[sql] = bad
        return found

    def _whole(self, step: str, tables: Mapping[str, str], partial: set[str]) -> bool:
        match = STEP.match(step)
        if match is None:
            return False
        table = tables.get(match["of"], match["of"])
        if table in SMALL or table not in self.tables:
            return False
        return any(word in step for word in UNSELECTIVE) or (match["how"] == "SCAN" and match["index"] not in partial)


async def claims(tx: Transaction, place: growth.Place) -> None:
    """What each worker asks for, again and again."""
    app = place.app
    lease, now = app.lease(), app.machine.now()
    await tx.customers.claim(lease, now, 8)
    await tx.events.claim_unresolved(lease, now, 8)
    await tx.requests.claim(redrive.REDRIVEN, lease, now, 8)
    await tx.notices.claim(lease, now, 8)
    await tx.inbox.claim(Platform.TELEGRAM, lease, now, 8)
    for platform in Platform:
        await tx.accesses.claim(platform, lease, now, 8)
    for states in ({EffectState.BLOCKED}, {EffectState.WAITING}, {EffectState.BLOCKED, EffectState.DEAD}):
        await tx.accesses.effects(community_id=growth.COMMUNITY, states=states, limit=10)
    await tx.accesses.in_place(Place(Platform.DISCORD, str(crowd.GUILD)), "200", None, 10)


async def test_no_table_of_members_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, began = f"sqlite:///{tmp_path}/crowd.db", crowd.present()
    await crowd.fill(url, MEMBERS, began)
    async with growth.place(url, MEMBERS, began) as place:
        store = place.app.store
        assert isinstance(store, SqlStore)
        async with store._database.transaction() as tx:
            tables = await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'table'")
            rows = await tx.fetch("SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '% WHERE %'")
        planned = Planned({row["name"] for row in tables})
        planned.watch(monkeypatch)
        for operation in growth.OPERATIONS.values():
            await operation(place, 1)
        async with store.transaction() as using:
            await claims(using, place)
    assert len(planned.plans) > 30
    assert planned.whole({row["name"] for row in rows}) == {}
    [claim] = [steps for sql, steps in planned.plans.items() if sql.startswith("WITH") and "UPDATE customer" in sql]
    assert any("customer_dirty" in step for step in claim), claim
    assert not any("TEMP B-TREE" in step for step in claim), "who has been dirty longest stands first in the index"

"""One cause, one alarm, also where it keeps a plan from being sold: one message tells of both, and one of the end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from payments.core.catalog import Price, PriceKind, PriceState
from payments.core.ids import PlanId, PriceId
from payments.core.refusals import PROBE_MS_MAX
from payments.flows.access import alarms, presence
from payments.flows.access.outcomes import Delivery
from payments.ports.stores import StoredAccount
from storage.store import SqlStore
from tests.fakes.door import ACCOUNT, DAY, PLACE, START, Door, open_door
from tests.fakes.platform import FakeRole


@pytest.fixture
async def door(store: SqlStore) -> Door:
    """A shop that sells Pro for the role Pro, and Max for the roles Pro and Lounge."""
    made = await open_door(store)
    made.app.settings = replace(made.app.settings, named_places=frozenset({PLACE}))
    async with made.store.transaction() as tx:
        await tx.provider_accounts.ensure(StoredAccount(ACCOUNT.id, False, "eur", None, None, None), START)
    pro, lounge = await made.role("Pro"), await made.role("Lounge")
    for plan in (await made.plan("Pro", pro), await made.plan("Max", pro, lounge)):
        price = PriceId(f"prc_{plan.name}")
        async with made.store.transaction() as tx:
            await tx.plans.add_price(
                Price(
                    price,
                    plan.id,
                    ACCOUNT.id,
                    PriceKind.LIFETIME,
                    500,
                    "eur",
                    None,
                    None,
                    None,
                    PriceState.PENDING,
                    None,
                    None,
                    START,
                )
            )
            await tx.plans.activate_price(price, "prod_1", f"price_{plan.name}")
    return made


async def buys(door: Door, name: str, plan_name: str) -> None:
    async with door.store.transaction() as tx:
        plan = await tx.plans.get(PlanId(f"pln_{plan_name}"))
    assert plan is not None
    await door.joins_plan(await door.person(name), plan)


async def told(door: Door) -> list[tuple[str, tuple[str, ...]]]:
    """What the contact is told now of what is refused or not sold: kind and plans."""
    found = await door.notices()
    kinds = ("not_sold", "blocked", "sold_again", "blocked_over")
    return [(kind, tuple(sorted(what.get("plans", ())))) for kind in kinds for _, what in found.get(kind, [])]


async def later(door: Door, ms: int) -> None:
    door.machine.at += ms
    door.business.at += ms
    await presence.recheck_blocked(door.app, PLACE)
    await alarms.look(door.app)


async def test_the_alarm_names_the_plans_that_are_not_sold_and_they_end_together(door: Door) -> None:
    door.server.may_manage = False
    await buys(door, "ada", "Max")
    assert Delivery.BLOCKED in await door.work()
    await presence.recheck_blocked(door.app, PLACE)
    assert await told(door) == [("blocked", ("Max", "Pro"))]
    await later(door, DAY - 60_000)
    assert await told(door) == []
    await door.work()
    await later(door, 120_000)
    assert await told(door) == [("blocked", ("Max", "Pro"))], "reminded once, not by both"
    door.server.may_manage = True
    await later(door, PROBE_MS_MAX)
    await door.work()
    await later(door, PROBE_MS_MAX)
    assert await told(door) == [("sold_again", ("Max", "Pro"))]


async def test_when_a_delivery_finds_that_it_works_again_that_is_told_once(door: Door) -> None:
    door.server.may_manage = False
    await buys(door, "ada", "Pro")
    await buys(door, "bob", "Max")
    await door.work()
    await told(door)
    door.server.may_manage = True
    door.machine.at += PROBE_MS_MAX
    door.business.at += PROBE_MS_MAX
    await alarms.look(door.app)
    assert Delivery.GRANTED in await door.work()
    await later(door, PROBE_MS_MAX)
    assert await told(door) == [("sold_again", ("Max", "Pro"))]


async def test_what_was_told_before_anybody_was_held_up_is_not_told_again_but_reminded(door: Door) -> None:
    door.server.may_manage = False
    await presence.recheck_blocked(door.app, PLACE)
    assert await told(door) == [("not_sold", ("Max", "Pro"))]
    await buys(door, "ada", "Pro")
    await door.work()
    await alarms.look(door.app)
    assert await told(door) == []
    await later(door, DAY)
    assert await told(door) == [("blocked", ("Max", "Pro"))]


async def test_who_is_held_up_no_more_does_not_end_what_is_not_sold(door: Door) -> None:
    del door.server.roles["role_Lounge"]
    await buys(door, "ada", "Max")
    await door.work()
    assert await told(door) == [("blocked", ("Max",))]
    async with door.store.transaction() as tx:
        plan = await tx.plans.get(PlanId("pln_Max"))
    assert plan is not None
    await door.ends(await door.person("ada"), plan)
    await door.work()
    await later(door, 60_000)
    assert await told(door) == [], "still not sold"
    await later(door, DAY)
    assert await told(door) == [("not_sold", ("Max",))]
    door.server.roles["role_Lounge"] = FakeRole()
    await later(door, 60_000)
    assert await told(door) == [("sold_again", ("Max",))]

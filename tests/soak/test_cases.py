"""Which payment covers now: the cases over the wire, all at once in one community, each with a member of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from payments.core.access import reason_at
from payments.core.community import Identity, Platform
from tests.core.covering.cases import FILE, moment
from tests.e2e import world as e2e
from tests.e2e.world import ADA, GUILD, World, world
from tests.soak.cases import LEFT_OUT, PLAYED, PRICES, SKIPPED_STEPS, START, Member

ROLES = {name: f"{700000000000000021 + n}" for n, name in enumerate(("pro", "gold", "addon", "team"))}
COST = {"pro": "9.00", "gold": "19.00", "addon": "12.00", "team": "5.00"}

SLACK_S = 600
"""So much later each question is asked: members buy one after the other, and time passes meanwhile."""


def user(case: int) -> str:
    return str(700000000000001000 + case)


def seed() -> dict[str, Any]:
    users = [{"id": ADA, "name": "ada"}, *({"id": user(case), "name": f"case{case}"} for case in PLAYED)]
    roles = [{"id": id_, "name": name, "position": n} for n, (name, id_) in enumerate(ROLES.items(), 1)]
    members = [{"id": one["id"]} for one in users]
    guild = {"id": GUILD, "name": "Forty Cases", "owner": ADA, "roles": roles, "members": members}
    return {"discord": {"users": users, "guilds": [guild]}}


@pytest.fixture
async def w(tmp_path: Path, store_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(e2e, "SEED", seed())
    async with world(tmp_path, database=store_url, GUESTLIST_BREAKER__MEMBERS="1000") as made:
        await made.play.post("stripe/settings", {"dunning_end": "past_due"})
        yield made


async def open_shop(w: World) -> None:
    PRICES.clear()
    for plan, role in ROLES.items():
        await w.plan(plan, role=role, price=COST[plan], grace_days=3)
        PRICES[plan] = (await w.play.stripe("price"))[-1]["id"]
    pro = next(one["product"] for one in await w.play.stripe("price") if one["id"] == PRICES["pro"])
    made = {
        "year": {"product": pro, "unit_amount": "9000", "recurring[interval]": "year"},
        "dearer": {"product": pro, "unit_amount": "1100", "recurring[interval]": "month"},
        "other": {"product_data[name]": "Other", "unit_amount": "700", "recurring[interval]": "month"},
    }
    for name, form in made.items():
        PRICES[name] = (await w.owner("POST", "prices", {"currency": "usd", **form}))["id"]


async def until(w: World, at: str, later_s: int = 0) -> None:
    """Time passes until then, and the service comes to rest."""
    assert w.service.app is not None
    ahead = (moment(at) or 0) / 1000 + later_s - w.service.app.business.now() / 1000
    if ahead > 1:
        await w.advance(f"{round(ahead)}s")


def asks() -> list[tuple[str, int, int, dict[str, Any]]]:
    """What is asked when, of each step that is played: not what it would be by another setting of the plan."""
    return [
        (step["now"], case["n"], number, ask)
        for case in FILE["cases"]
        if case["n"] in PLAYED
        for number, step in enumerate(case["steps"], 1)
        if (case["n"], number) not in SKIPPED_STEPS
        for ask in step["ask"]
        if "over" not in ask
    ]


async def given(w: World, case: int, plan: str) -> tuple[bool, str | None, int | None]:
    """Whether the member has the role, why or why not, and until when."""
    app, who = w.service.app, Identity(Platform.DISCORD, user(case))
    assert app is not None
    async with app.store.transaction() as tx:
        person = await tx.identities.of(who)
        held = [] if person is None else await tx.entitlements.of([person])
        names = {e.id: sold.name for e in held if (sold := await tx.plans.get(e.plan_id)) is not None}
    now = app.business.now()
    mine = [e for e in held if names[e.id] == plan]
    reason, ends = next(((reason_at(e, now), e.access_until if e.opens(now) else None) for e in mine), (None, None))
    return plan in await w.roles(who.user_id), reason, ends


def right(found: tuple[bool, str | None, int | None], ask: dict[str, Any]) -> bool:
    """As the case says it; an end may be off by what a test takes to get there."""
    until, said = found[2], moment(ask["until"])
    close = until == said if until is None or said is None else abs(until - said) < SLACK_S * 1000
    return found[:2] == (ask["access"], ask["reason"]) and close


async def test_the_cases_are_right_over_the_wire(w: World) -> None:
    await open_shop(w)
    await until(w, START)
    members = {case: Member(w, user(case)) for case in PLAYED}
    acts = [(at, case, act) for case, script in PLAYED.items() for at, act in script]
    asked, wrong = asks(), []
    for at in sorted({*(at for at, *_ in acts), *(at for at, *_ in asked)}):
        await until(w, at)
        for case, act in ((case, act) for when, case, act in acts if when == at):
            await act(members[case])
        now = [one[1:] for one in asked if one[0] == at]
        if not now:
            continue
        await until(w, at, SLACK_S)
        for case, number, ask in now:
            found = await given(w, case, ask["plan"])
            if not right(found, ask):
                wrong.append(f"{case}.{number} {ask['plan']} at {at}: {found}, not {ask}")
    print(f"{len({one[1] for one in asked})} of {len(FILE['cases'])} cases played, {len(asked)} questions asked")
    assert wrong == []


def test_each_case_is_played_or_says_why_not() -> None:
    numbers = {case["n"] for case in FILE["cases"]}
    assert PLAYED.keys() | LEFT_OUT.keys() == numbers
    assert not PLAYED.keys() & LEFT_OUT.keys()

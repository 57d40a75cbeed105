"""An admin parts two accounts: each keeps what was paid with it, and an admin elsewhere learns and does nothing."""

from __future__ import annotations

from dataclasses import replace

from payments.core.changes import load
from payments.core.community import Place, Platform
from payments.core.ids import CommunityId, PersonId, PlanId
from payments.flows.access.comps import end_comp, give_comp
from payments.flows.people import undo
from payments.flows.people.undo import NotParted, Side, Sides
from payments.flows.views.explain import explain
from storage.store import SqlStore
from tests.core.builders import LITE, PRO
from tests.flows.club_fixture import CLUB
from tests.flows.two_platforms import ANN, LOUNGE, MALLORY, TINA, BothSides, linked, on_discord, open_both_sides

ADMIN, ELSEWHERE = PersonId("prs_admin"), CommunityId("com_elsewhere")
THIEF = on_discord("thief")


async def test_each_keeps_what_was_paid_with_it_and_that_is_said_before(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await linked(both)
    person_id = await both.person(ANN)
    shown = await undo.sides(both.club.app, person_id, CLUB)
    assert isinstance(shown, Sides)
    assert not shown.replaced
    assert {side.platform: side.plans for side in shown.keeps} == {ANN.platform: ("pro",), TINA.platform: ()}
    assert await undo.part(both.club.app, person_id, CLUB, ADMIN) == shown
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.in_lounge(TINA)
    assert [kind for _, kind, _ in await both.club.notices()].count("parted") == 2
    async with both.store.transaction() as tx:
        (noted,) = [e for e in await tx.audit_log.of_person(person_id, 50) if e.action == "parted"]
    assert (noted.actor, noted.community_id) == (ADMIN, CLUB)
    assert load(noted.changes or "") == {"linked": (("Discord", "Telegram"), None), "keeps": (None, ("Discord: pro",))}
    assert noted.detail == ""
    assert await undo.part(both.club.app, await both.person(ANN), CLUB, ADMIN) is NotParted.NONE


async def test_an_admin_of_another_community_learns_and_does_nothing(both: BothSides) -> None:
    await linked(both)
    person_id = await both.person(ANN)
    assert await undo.sides(both.club.app, person_id, ELSEWHERE) is NotParted.NONE
    assert await undo.part(both.club.app, person_id, ELSEWHERE, ADMIN) is NotParted.NONE
    assert await both.accounts(person_id) == {ANN, TINA}


async def test_after_three_days_an_admin_gives_back_what_an_account_pays(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await both.pays("ann", ANN)
    await both.comes(MALLORY, "mallory")
    await both.comes(THIEF, "thief")
    await both.links(ANN, MALLORY)
    await both.links(THIEF, MALLORY)
    await both.work()
    both.club.pass_time(4 * 86_400_000)
    ann = await both.person(ANN)
    assert await undo.sides(both.club.app, ann, ELSEWHERE) is NotParted.NONE
    assert await undo.sides(both.club.app, ann, CLUB) == Sides((Side(ANN.platform, ("pro",)),), replaced=True)
    assert await undo.part(both.club.app, ann, CLUB, ADMIN) == Sides((Side(ANN.platform, ("pro",)),), replaced=True)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert not both.has_role(THIEF)
    assert await both.accounts(await both.person(THIEF)) == {THIEF, MALLORY}


async def test_no_comp_makes_accounts_partable_that_bought_nothing_here(store: SqlStore) -> None:
    both = await open_both_sides(store)
    await both.comes(ANN, "ann")
    await both.comes(TINA, "tina")
    await both.links(ANN, TINA)
    person_id = await both.person(ANN)
    await both.comes(on_discord("admin"), "admin")
    await give_comp(both.club.app, plan_id=PRO, person_id=person_id, days=1, actor=ADMIN)
    await both.settle()
    await both.work()
    assert both.has_role(ANN)
    assert both.in_lounge(TINA)
    assert await undo.sides(both.club.app, person_id, CLUB) is NotParted.NONE
    assert await undo.part(both.club.app, person_id, CLUB, ADMIN) is NotParted.NONE
    assert await both.accounts(person_id) == {ANN, TINA}
    explained = await explain(both.club.app, person_id, CLUB, Platform.DISCORD)
    assert "linked" not in [line.entry.action for line in explained.log]


async def test_no_comp_lends_a_platform_to_what_was_bought_on_the_other(both: BothSides) -> None:
    """Ann's plan opens a role alone; the chat is held by a comp."""
    async with both.store.transaction() as tx:
        await tx.plans.close_target(PRO, LOUNGE, closed_at=None)
        await tx.plans.open_target(LITE, LOUNGE)
    await linked(both)
    person_id = await both.person(ANN)
    await both.comes(on_discord("admin"), "admin")
    await give_comp(both.club.app, plan_id=LITE, person_id=person_id, days=1, actor=ADMIN)
    await both.settle()
    await both.work()
    assert both.in_lounge(TINA)
    assert await undo.sides(both.club.app, person_id, CLUB) is NotParted.NONE


async def test_what_touches_another_community_is_for_the_member_to_part(both: BothSides) -> None:
    await linked(both)
    person_id = await both.person(ANN)
    async with both.store.transaction() as tx:
        community = await tx.communities.get(CLUB)
        assert community is not None
        there = replace(community, id=ELSEWHERE, name="Doctor Secret's")
        await tx.communities.add(there, Place(Platform.DISCORD, "999"), "Doctor Secret's")
        plan = await tx.plans.get(PRO)
        assert plan is not None
        await tx.plans.add(replace(plan, id=PlanId("pln_there"), community_id=ELSEWHERE))
    await both.comes(on_discord("admin"), "admin")
    given = await give_comp(both.club.app, plan_id=PlanId("pln_there"), person_id=person_id, days=1, actor=ADMIN)
    assert await undo.sides(both.club.app, person_id, CLUB) is NotParted.MEMBERS_OWN
    assert await undo.part(both.club.app, person_id, CLUB, ADMIN) is NotParted.MEMBERS_OWN
    assert await both.accounts(person_id) == {ANN, TINA}
    await end_comp(both.club.app, source_id=given.source_id, community_id=ELSEWHERE, actor=ADMIN)
    assert isinstance(await undo.sides(both.club.app, person_id, CLUB), Sides)

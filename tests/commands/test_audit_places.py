"""What is written down of places that are claimed, joined and taken out, and of what was tried again."""

from __future__ import annotations

from dataclasses import replace

from bot.texts import render
from payments.core.access import EffectState
from payments.core.changes import Who, load, same
from payments.core.community import Identity, Place, Platform
from payments.flows.communities import claim
from payments.flows.messages import TEAM_ACT
from tests.commands.conftest import ADA, EXTRA, MIA, SERVER, Town, action_of, member
from tests.commands.test_connecting import ADA_THERE, Sides

EVE = Identity(Platform.DISCORD, "eve")
DEN = Place(Platform.DISCORD, "guild-9")


async def claimed(town: Town, who: Identity, place: Place, name: str) -> None:
    code = await claim.new_code(town.store, town.clock.now())
    outcome = await claim.redeem(town.app, code, who, who.user_id.capitalize(), "en", place, name)
    assert isinstance(outcome, claim.Claimed)
    assert await claim.redeem(town.app, code, who, "Eve", "en", place, name) == outcome


async def stops_serving(town: Town, place: Place) -> None:
    """As `guestlist places --stop` does, for a place that the configuration doesn't name either."""
    named = town.app.settings.named_places - {place}
    town.app.settings = replace(town.app.settings, named_places=named)
    async with town.store.transaction() as tx:
        await tx.communities.serve(place, served=False)


async def test_a_claim_is_one_line_in_the_place_that_was_claimed(town: Town) -> None:
    await claimed(town, EVE, DEN, "Den")
    community = await town.community(DEN)
    async with town.store.transaction() as tx:
        (line,) = await tx.audit_log.acts(community.id, 9)
        eve = await tx.identities.of(EVE)
        assert await tx.notices.claim(town.app.lease(), town.clock.now(), 9) == []
    assert eve is not None
    assert (line.action, line.actor) == ("place_claimed", eve)
    assert load(line.changes or "") == {"place": (None, "Den"), "contact": (None, Who(eve))}


async def test_a_contact_who_is_replaced_by_a_claim_is_told(town: Town) -> None:
    await town.plan()
    ada = await town.person(ADA)
    await stops_serving(town, SERVER)
    await claimed(town, EVE, SERVER, "Book Club")
    async with town.store.transaction() as tx:
        (notice,) = await tx.notices.claim(town.app.lease(), town.clock.now(), 9)
    assert (notice.person_id, notice.kind) == (ada, TEAM_ACT)
    shown = render(notice, "en").text
    assert "**Eve** claimed a server or chat" in shown
    assert "· contact: Ada → Eve" in shown


async def test_a_chat_that_joins_and_is_taken_out_is_a_line_each(town: Town) -> None:
    sides = Sides(town)
    await sides.asked()
    await sides.answers()
    shown = (await town.ask(ADA, "audit")).text
    assert "**Ada** let **Tom**'s server or chat join the community\n· server or chat: Reading room" in shown
    town.clock.at += 1000
    await sides.press(ADA_THERE, SERVER, "take_out:telegram:-100")
    await sides.press(ADA_THERE, SERVER, "take_out:telegram:-100")
    shown = (await town.ask(ADA, "audit")).text
    assert (
        shown.count("**Ada** removed a server or chat from the community\n· server or chat: Reading room → none") == 1
    )


async def test_trying_again_is_one_line_for_all_that_is_tried(town: Town) -> None:
    await town.plan(role2=EXTRA)
    await town.subscribed()
    for role in ("Members", "Extra"):
        await town.access(MIA, role, applied=False)
    lease = town.app.lease()
    async with town.store.transaction() as tx:
        for effect in await tx.accesses.claim(Platform.DISCORD, lease, town.clock.now(), 9):
            await tx.accesses.park(effect, lease, EffectState.WAITING, "is not in the server or chat")
    button = action_of(await town.ask(ADA, "member", member=member(MIA)), "Try again")
    for _ in range(2):
        await town.press(ADA, button)
    community, mia = await town.community(), await town.person(MIA)
    async with town.store.transaction() as tx:
        found = await tx.audit_log.acts(community.id, 9)
    (line,) = [one for one in found if one.action == "tried_again"]
    assert line.person_id == mia
    assert load(line.changes or "") == {"access": same(("Extra", "Members")), "on": same("discord")}

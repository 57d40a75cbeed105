"""`/claim` where there is nothing to claim: no code is asked for, and none is lost."""

import pytest

from payments.core.community import Place, Platform
from payments.core.rights import Rank
from payments.flows.communities import claim as places
from payments.flows.runtime.places import find_served
from payments.ports.stores import ClaimState
from tests.commands.conftest import ADA, BEN, MIA, SERVER, Town

DEN, SALON = Place(Platform.DISCORD, "guild-9"), Place(Platform.TELEGRAM, "-900")


async def test_where_a_server_is_served_it_is_said_whom_to_ask(town: Town) -> None:
    assert "the owner of the server or chat" in (await town.ask(BEN, "claim")).text
    await town.ask(ADA, "settings")
    told = await town.ask(BEN, "claim")
    assert told.form is None
    assert "already serve this" in told.text
    assert "ask **Ada** to add you" in told.text
    await town.ranked(MIA, Rank.OWNER)
    assert "you are one of its owners" in (await town.ask(MIA, "claim")).text
    assert "**Ada**" in (await town.ask(BEN, "claim", reader="de")).text


async def test_a_code_that_is_sent_all_the_same_is_not_used_up(town: Town) -> None:
    await town.ask(ADA, "settings")
    code = await places.new_code(town.store, town.clock.now())
    assert "already serve this" in (await town.press(BEN, "claim_code", code=code)).text
    assert await town.team() == {}
    async with town.store.transaction() as tx:
        claim = await tx.claims.get(places.hash_of(code))
    assert claim is not None
    assert claim.state is ClaimState.OPEN
    assert SERVER in await find_served(town.app, [SERVER])


@pytest.mark.parametrize(
    ("reader", "news"),
    [("en", "You are its owner"), ("de", "Du bist Inhaber")],
)
async def test_a_code_that_is_sent_again_since_no_answer_came_is_answered_as_the_first_time(
    town: Town, reader: str, news: str
) -> None:
    here, there = [await places.new_code(town.store, town.clock.now()) for _ in range(2)]
    town.app.unclaimed.meet(SALON, "Salon", town.clock.now(), BEN)
    for _ in range(2):
        assert news in (await town.press(BEN, "claim_code", code=here, place=DEN, reader=reader)).text
        told = await town.ask(BEN, "claim", code=there, place=None, platform=Platform.TELEGRAM, reader=reader)
        assert "**Salon**" in told.text
        assert news in told.text
    told = await town.press(MIA, "claim_code", code=here, place=DEN, reader=reader)
    assert news not in told.text

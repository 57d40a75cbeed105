"""A plan that opens what can't be given: members read that it can't be bought, and only the team why."""

import pytest

from bot.commands.model import Reply
from tests.commands.conftest import ADA, HIGH, MIA, Town, link_of


@pytest.mark.parametrize(
    ("reader", "refused", "away", "listed", "settings"),
    [
        (
            "en-US",
            "can't be bought right now",
            "Can't be bought right now: **Pro**",
            "Not sold since",
            "Not sold until",
        ),
        (
            "de",
            "lässt sich gerade nicht kaufen",
            "Gerade nicht zu kaufen: **Pro**",
            "nicht im Verkauf",
            "Bis das klappt",
        ),
    ],
)
async def test_what_can_not_be_given_is_sold_nowhere_and_only_the_team_reads_why(
    town: Town, reader: str, refused: str, away: str, listed: str, settings: str
) -> None:
    await town.plan(role2=HIGH)
    for said in (await town.ask(MIA, "subscribe", plan="Pro", reader=reader), await _joins(town, reader)):
        assert refused in said.text
        assert "High" not in said.text
        assert not said.buttons
    shown = await town.ask(MIA, "plans", reader=reader)
    assert away in shown.text
    assert "High" not in shown.text
    assert not shown.buttons
    assert await town.complete(MIA, "subscribe", "plan", "") == ()
    assert [choice.value for choice in await town.complete(ADA, "plan edit", "plan", "")], "an admin has to find it"
    row = (await town.ask(ADA, "plan list", reader=reader)).text
    assert listed in row
    assert "**High**" in row
    assert settings in (await town.ask(ADA, "settings", reader=reader)).text


async def _joins(town: Town, reader: str) -> Reply:
    return await town.press(MIA, f"join:{(await town.stored_plan()).id}", reader=reader)


async def test_taking_it_off_the_plan_sells_the_rest_again(town: Town) -> None:
    await town.plan(role2=HIGH)
    await town.ask(ADA, "plan edit", plan="Pro", remove_role="High")
    assert link_of(await town.ask(MIA, "subscribe", plan="Pro"))
    assert "Not sold" not in (await town.ask(ADA, "plan list")).text

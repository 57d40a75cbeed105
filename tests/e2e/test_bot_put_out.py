"""The bot is put out of a Telegram chat for a while: what somebody is there is unknown then, and no right is lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.platforms.telegram import community_choice as places
from sandbox.play import eventually
from tests.e2e.telegram import BEN, OLGA, SALON, Salon, salon

READY = "I can let people into Salon"


@pytest.fixture
async def club(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Salon]:
    """Olga's chat, with Ben as its manager, who may put the bot out."""
    monkeypatch.setattr(places, "RIGHTS_MS", 0)  # as if all that Telegram said had been said long ago
    async with salon(tmp_path) as made:
        await made.makes_plan()
        await made.writes(OLGA, f"/team_set member:{BEN} rank:manager")
        await made.world.play.telegram.member(SALON, BEN, "promote", by=OLGA)
        await made.reads(OLGA, READY)
        yield made


async def comes_back(club: Salon) -> None:
    await club.world.play.telegram.bot(SALON, "add", by=OLGA)
    await club.world.play.telegram.bot(SALON, "promote", by=OLGA)
    await club.reads(OLGA, READY)


async def test_the_owner_hears_that_the_bot_was_put_out_and_of_prices_when_it_is_back(club: Salon) -> None:
    await club.world.play.telegram.bot(SALON, "remove", by=BEN)
    await club.reads(OLGA, "I was removed from Salon")
    await comes_back(club)
    await club.writes(BEN, "/plan edit plan:Pro price:0.50")
    await club.reads(OLGA, "0.50")


async def test_a_bill_whose_address_comes_while_the_bot_is_out_waits_and_goes_out(club: Salon) -> None:
    await club.writes(OLGA, f'/invoice create member:{BEN} amount:25 what:"Coaching"')
    asked = await club.reads(BEN, "Coaching")
    await club.world.play.telegram.bot(SALON, "remove", by=OLGA)
    await club.reads(OLGA, "I was removed from Salon")
    await club.presses(BEN, asked, next(iter(asked.buttons)))
    assert "withdrawn" not in (await club.writes(BEN, "ben@example.com")).all
    await comes_back(club)

    async def billed() -> bool:
        return [one["status"] for one in club.world.sandbox.stripe.state().get("invoice", [])] == ["open"]

    assert await eventually(billed)
    assert not [text for text in await club.heard(OLGA) if "was not sent" in text]

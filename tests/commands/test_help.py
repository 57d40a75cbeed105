"""`/help` shows everybody what they may do where they ask, and nothing else."""

from dataclasses import replace

import pytest

from bot.commands import dispatch
from bot.commands.catalog import COMMANDS
from payments.core.community import Place, Platform
from payments.core.rights import Rank
from tests.commands.conftest import ADA, MIA, Town

CHAT = Place(Platform.TELEGRAM, "-1001")
UNSAID = {"help", "claim"}
"""The one is being read; the other is for places that are not served yet."""


@pytest.mark.parametrize("platform", Platform)
@pytest.mark.parametrize("rank", Rank)
async def test_help_names_exactly_the_commands_of_ones_rank(town: Town, platform: Platform, rank: Rank) -> None:
    await town.plan()
    await town.has_chat(CHAT.external_id, "Reading room")
    if rank > Rank.NONE:
        await town.ranked(MIA, rank, platform)
    place = CHAT if platform is Platform.TELEGRAM else None
    asked = town.request(MIA, "help", platform=platform)
    told = (await dispatch.command(town.app, replace(asked, place=place or asked.place))).text
    for command in COMMANDS:
        if platform in command.platforms and command.name not in UNSAID:
            assert (f"`/{command.name}`" in told) is (command.rank <= rank), command.name
    assert "Start here" not in told


async def test_whoever_may_make_the_first_plan_reads_where_to_start(town: Town) -> None:
    assert "Start here" in (await town.ask(ADA, "help")).text
    assert "Start here" not in (await town.ask(MIA, "help")).text


async def test_in_private_help_is_about_oneself(town: Town) -> None:
    told = (await town.ask(MIA, "help", place=None, platform=Platform.TELEGRAM)).text
    assert "`/paysupport`" in told
    assert "`/plan create`" not in told

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


@pytest.mark.parametrize("reader", ["en-US", "de"])
@pytest.mark.parametrize("platform", Platform)
async def test_help_is_a_list_of_one_line_a_command_that_fits_in_a_message(
    town: Town, platform: Platform, reader: str
) -> None:
    await town.plan()
    await town.has_chat(CHAT.external_id, "Reading room")
    await town.ranked(ADA, Rank.OWNER, platform)
    asked = town.request(ADA, "help", platform=platform, reader=reader)
    place = CHAT if platform is Platform.TELEGRAM else asked.place
    told = (await dispatch.command(town.app, replace(asked, place=place))).text
    rows = [line for line in told.splitlines() if line.startswith("`/")]
    assert len(rows) == sum(platform in c.platforms and c.name not in UNSAID for c in COMMANDS)
    assert all(len(row.split("`: ")) == 2 for row in rows)
    assert len(told) <= 2000  # Discord's limit of a message


async def test_where_only_members_type_in_private_help_names_none_of_the_teams_commands(town: Town) -> None:
    told = (await town.ask(ADA, "help", place=None)).text
    assert "`/membership`" in told
    assert "`/plans`" in told
    assert "`/settings`" not in told

from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
from discord import app_commands

from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, BOB, GUILD, PRO, SEED, Bot, Person, online, pointed_at


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED)
        with pointed_at(made.url):
            yield made


@pytest.fixture
async def person(sandbox: Sandbox) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(session, sandbox.url)


async def test_a_bot_connects_and_knows_its_guild(sandbox: Sandbox) -> None:
    async with online(Bot()) as bot:
        guild = bot.get_guild(GUILD)
        assert guild is not None
        assert guild.name == "Chess club"
        assert guild.me.top_role.name == "Guestlist"
        assert guild.me.guild_permissions.manage_roles
        assert [role.name for role in guild.roles] == ["@everyone", "Pro", "Guestlist"]


async def test_a_command_is_answered(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="hello", description="Greets")
    async def hello(interaction: discord.Interaction, to: str) -> None:
        await interaction.response.send_message(f"Hello {to}, {interaction.locale.value}", ephemeral=True)

    async with online(bot):
        answer = await person.says(ADA, "hello", to="world")
    assert [(r["content"], r["ephemeral"]) for r in answer["replies"]] == [("Hello world, de", True)]


async def test_a_deferred_reply_is_final_when_it_is_edited(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="slow", description="Takes its time")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.edit_original_response(content="done", embed=discord.Embed(title="T", description="D"))

    async with online(bot):
        answer = await person.says(ADA, "slow")
    (reply,) = answer["replies"]
    assert (reply["content"], reply["ephemeral"], reply["text"]) == ("done", True, "done\nT\nD")


async def test_a_role_is_given_and_taken_with_a_reason(sandbox: Sandbox, person: Person) -> None:
    async with online(Bot()) as bot:
        await bot.http.add_role(GUILD, ADA, PRO, reason="paid: plan «Pro»")
        assert await person.roles_of(ADA) == ["Pro"]
        await bot.happens("raw_member_update") if False else None
        await bot.http.remove_role(GUILD, ADA, PRO, reason="ended")
        assert await person.roles_of(ADA) == []
    log = [(e["action"], e["user"], e["reason"], e["by"]) for e in (await person.guild())["log"]]
    assert log == [
        ("role_add", str(ADA), "paid: plan «Pro»", "the bot"),
        ("role_remove", str(ADA), "ended", "the bot"),
    ]


async def test_a_subcommand_takes_roles_and_members(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()
    group = app_commands.Group(name="plan", description="Plans")

    @group.command(name="create", description="Makes one")
    async def create(interaction: discord.Interaction, role: discord.Role, who: discord.Member, days: int = 3) -> None:
        await interaction.response.send_message(f"{role.name} {who.name} {days} {[r.name for r in who.roles]}")

    bot.tree.add_command(group)
    async with online(bot):
        answer = await person.says(ADA, "plan create", role="Pro", who=BOB, days="7")
    assert answer["replies"][0]["content"] == "Pro bob 7 ['@everyone', 'Pro']"

"""The recording: whole at any time, without secrets, and in order with the published specification."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest

from sandbox.har import Recorder
from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, BOB, GUILD, PRO, SEED, Bot, Person, online, pointed_at

WIRE_CHECK = Path(__file__).parents[3] / "shared" / "tools" / "wire_check.py"


@pytest.fixture
def har(tmp_path: Path) -> Path:
    return tmp_path / "recordings" / "traffic.har"


@pytest.fixture
async def sandbox(har: Path) -> AsyncIterator[Sandbox]:
    async with Sandbox.running(har=har) as made:
        made.discord.seed(SEED)
        with pointed_at(made.url):
            yield made


def read(path: Path) -> str:
    return path.read_text()


def entries(path: Path) -> list[dict[str, Any]]:
    log = json.loads(read(path))["log"]
    assert log["version"] == "1.2"
    return list(log["entries"])


async def test_traffic_with_the_services_is_recorded_and_nothing_else(sandbox: Sandbox, har: Path) -> None:
    assert entries(har) == []
    async with aiohttp.ClientSession() as session:
        await session.get(f"{sandbox.url}/sandbox/clock")
        headers = {"Authorization": "Bot very-secret"}
        body = {"recipient_id": str(ADA)}
        await session.post(f"{sandbox.url}/api/v10/users/@me/channels?a=1", json=body, headers=headers)
        await session.get(f"{sandbox.url}/v1/customers", headers={"Authorization": "Bearer sk_test_secret"})
    assert sandbox.recorder is not None
    sandbox.recorder.flush()
    first, second = entries(har)
    assert first["request"]["url"].endswith("/api/v10/users/@me/channels?a=1")
    assert json.loads(first["request"]["postData"]["text"]) == body
    assert first["request"]["queryString"] == [{"name": "a", "value": "1"}]
    assert json.loads(first["response"]["content"]["text"])["recipients"][0]["username"] == "ada"
    assert second["request"]["url"].endswith("/v1/customers")
    text = read(har)
    assert "very-secret" not in text
    assert "sk_test_secret" not in text
    assert {"name": "Authorization", "value": "REDACTED"} in first["request"]["headers"]


@dataclass(frozen=True)
class Sent:
    url: str = "http://127.0.0.1:8080/webhooks/stripe"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: str = '{"object": "event"}'
    started_at: float = 1_700_000_000.0
    seconds: float = 0.02
    status: int = 200
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer: str = ""


async def test_deliveries_are_recorded_and_the_file_is_whole_after_every_write(har: Path) -> None:
    recorder = Recorder(har)
    await recorder.start()
    for count in range(1, 4):
        recorder.observe(Sent(body=f'{{"n": {count}, "text": "größer ]}}"}}'))
        recorder.flush()
        assert len(entries(har)) == count
    recorder.observe(Sent(status=0))
    recorder.observe(Sent(status=503, answer="busy"))
    await recorder.stop()
    last = entries(har)[-1]
    assert (last["response"]["status"], last["response"]["statusText"]) == (503, "Service Unavailable")
    assert last["startedDateTime"] == "2023-11-14T22:13:20.000+00:00"
    assert last["time"] == 20.0
    assert len(entries(har)) == 4


async def test_a_dropped_connection_is_not_in_the_recording(sandbox: Sandbox, har: Path) -> None:
    # Twice: aiohttp itself asks again once.
    sandbox.faults.add({"service": "discord", "drop": True, "after": True, "times": 2})
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"{sandbox.url}/api/v10/users/@me", headers={"Authorization": "Bot x"})
    assert sandbox.recorder is not None
    sandbox.recorder.flush()
    assert entries(har) == []


class Menu(discord.ui.View):
    @discord.ui.button(label="Go", custom_id="go")
    async def go(self, interaction: discord.Interaction, button: discord.ui.Button["Menu"]) -> None:
        await interaction.response.edit_message(content="gone", view=None)


def bot_that_does_it_all() -> Bot:
    bot = Bot()

    @bot.tree.command(name="all", description="Does it all")
    async def everything(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        embed = discord.Embed(title="t", description="d", colour=1).add_field(name="n", value="v").set_footer(text="f")
        await interaction.edit_original_response(content="x", embed=embed, view=Menu())
        await interaction.original_response()
        extra = await interaction.followup.send("y", ephemeral=True, wait=True)
        await extra.edit(content="z")
        await extra.delete()

    @bot.tree.command(name="card", description="A card")
    async def card(interaction: discord.Interaction) -> None:
        view = discord.ui.LayoutView()
        view.add_item(discord.ui.Container(discord.ui.TextDisplay("hello"), discord.ui.Separator()))
        await interaction.response.send_message(view=view, ephemeral=True)

    @bot.tree.command(name="form", description="A form")
    async def form(interaction: discord.Interaction) -> None:
        modal = discord.ui.Modal(title="Form", custom_id="form")
        modal.add_item(discord.ui.Label(text="E-mail", component=discord.ui.TextInput(custom_id="email")))
        await interaction.response.send_modal(modal)

    return bot


async def use_everything(bot: Bot, person: Person) -> None:
    (reply,) = (await person.says(ADA, "all"))["replies"]
    await person.clicks(ADA, reply["message"], "go")
    await person.says(ADA, "card")
    await person.says(ADA, "form")
    guild = await bot.fetch_guild(GUILD, with_counts=True)
    await guild.fetch_roles()
    await guild.fetch_channels()
    await guild.fetch_member(BOB)
    assert len([m async for m in guild.fetch_members()]) == 4
    # Guild.create_role sends the permissions as text, as Discord documents; the specification has a number.
    made = await bot.http.create_role(GUILD, name="Gold")
    await bot.http.edit_role(GUILD, int(made["id"]), name="Silver", color=255)
    await bot.http.add_role(GUILD, ADA, int(made["id"]), reason="because")
    await bot.http.remove_role(GUILD, ADA, int(made["id"]))
    await bot.http.delete_role(GUILD, int(made["id"]))
    await guild.ban(discord.Object(BOB), reason="out")
    await guild.fetch_ban(discord.Object(BOB))
    await guild.unban(discord.Object(BOB))
    ada = await guild.fetch_member(ADA)
    sent = await ada.send("hello", view=Menu())
    await sent.edit(content="hello again")
    await sent.channel.fetch_message(sent.id)
    await bot.application_info()
    await bot.http.get_bot_gateway()
    with pytest.raises(discord.NotFound):
        await bot.http.add_role(GUILD, BOB, PRO)


@pytest.mark.skipif(not WIRE_CHECK.exists(), reason="the wire checker is not beside this checkout")
async def test_the_checker_finds_nothing_in_the_traffic_of_a_whole_bot(sandbox: Sandbox, har: Path) -> None:
    async with aiohttp.ClientSession() as session, online(bot_that_does_it_all()) as bot:
        await use_everything(bot, Person(session, sandbox.url))
    assert sandbox.recorder is not None
    sandbox.recorder.flush()
    found = subprocess.run(  # noqa: ASYNC221 -- nothing else runs meanwhile
        [sys.executable, str(WIRE_CHECK), str(har)], capture_output=True, text=True, timeout=100, check=False
    )
    assert found.returncode == 0, found.stdout
    assert "\n0 findings" in found.stdout

"""Commands, clicks and forms, as the real discord.py answers them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from sandbox.discord.interactions import TOKEN_S, Interaction
from sandbox.server import Sandbox
from tests.sandbox.discord_bot import ADA, BOB, GUILD, OWNER, PRO, SEED, Bot, Person, eventually, online, pointed_at


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox.running() as made:
        made.discord.seed(SEED)
        with pointed_at(made.url):
            yield made


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
        await asyncio.sleep(0.2)
        await interaction.edit_original_response(content="done", embed=discord.Embed(title="T", description="D"))

    async with online(bot):
        answer = await person.says(ADA, "slow")
    (reply,) = answer["replies"]
    assert (reply["content"], reply["ephemeral"], reply["text"]) == ("done", True, "done\nT\nD")


async def test_the_first_follow_up_fills_a_deferred_reply_and_the_next_is_a_message_of_its_own(
    sandbox: Sandbox, person: Person
) -> None:
    bot, corrected = Bot(), asyncio.Event()

    @bot.tree.command(name="slow", description="Takes its time")
    async def slow(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("first")
        second = await interaction.followup.send("second", ephemeral=True, wait=True)
        await second.edit(content="second, corrected")
        corrected.set()

    async with online(bot):
        await person.says(ADA, "slow")
        await asyncio.wait_for(corrected.wait(), 60)
        (replies,) = [said for said in (await person.guild())["messages"].values() if said]
    assert [(r["content"], r["ephemeral"]) for r in replies] == [
        ("first", True),
        ("second, corrected", True),
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
        body = {"guild": GUILD, "user": ADA, "name": "plan"}
        refused = await person.post("/discord/command", body, 400)
        assert refused["error"] == "/plan is no whole command; the subcommands at that place are: create."
        refused = await person.post("/discord/command", {**body, "name": "plan create"}, 400)
        assert refused["error"] == "The option 'role' is required: give it a value."


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ({"days": 0}, "The option 'days' takes a number from 1 to 9, not 0."),
        ({"days": "many"}, "The option 'days' takes a whole number, not 'many'."),
        ({"days": 1, "size": "xl"}, "The option 'size' takes one of: s, m."),
        ({"days": 1, "note": "abcdef"}, "The option 'note' takes 0 to 5 characters, not 6."),
        ({"days": 1, "colour": "red"}, "The command has no option 'colour'; it has: days, size, note."),
    ],
)
async def test_options_are_checked_before_the_bot_hears_of_them(
    sandbox: Sandbox, person: Person, option: dict[str, Any], sentence: str
) -> None:
    bot = Bot()

    @bot.tree.command(name="order", description="Orders")
    @app_commands.choices(size=[app_commands.Choice(name="small", value="s"), app_commands.Choice(name="m", value="m")])
    async def order(
        interaction: discord.Interaction,
        days: app_commands.Range[int, 1, 9],
        size: str = "s",
        note: app_commands.Range[str, 0, 5] = "",
    ) -> None:
        await interaction.response.send_message(f"{days} {size} {note}")

    async with online(bot):
        body = {"guild": GUILD, "user": ADA, "name": "order", "options": option}
        assert (await person.post("/discord/command", body, 400))["error"] == sentence
        answer = await person.says(ADA, "order", days=2, size="small", note="quick")
    assert answer["replies"][0]["content"] == "2 s quick"


async def test_a_command_for_admins_is_offered_to_them_only(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="settings", description="Settings")
    @app_commands.default_permissions(manage_guild=True)
    async def settings(interaction: discord.Interaction) -> None:
        await interaction.response.send_message(str(interaction.permissions.manage_guild))

    async with online(bot):
        body = {"guild": GUILD, "user": ADA, "name": "settings"}
        refused = await person.post("/discord/command", body, 403)
        assert "give her a role with manage_guild" in refused["error"]
        assert (await person.says(OWNER, "settings"))["replies"][0]["content"] == "True"
        await person.post("/discord/role", {"action": "create", "name": "Mod", "permissions": ["manage_guild"]})
        await person.post("/discord/role", {"action": "give", "role": "Mod", "user": ADA})
        assert (await person.says(ADA, "settings"))["replies"][0]["content"] == "True"


async def test_options_are_completed_while_typing(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="subscribe", description="Subscribes")
    async def subscribe(interaction: discord.Interaction, plan: str) -> None:
        await interaction.response.send_message(plan)

    @subscribe.autocomplete("plan")
    async def plans(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=p.title(), value=p) for p in ("pro", "basic") if current in p]

    async with online(bot):
        body = {"guild": GUILD, "user": ADA, "name": "subscribe", "options": {"plan": "pr"}, "focused": "plan"}
        answer = await person.post("/discord/autocomplete", body)
    assert answer["choices"] == [{"name": "Pro", "value": "pro"}]


class Buttons(discord.ui.View):
    @discord.ui.button(label="Count", custom_id="count")
    async def count(self, interaction: discord.Interaction, button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.edit_message(content=f"pressed by {interaction.user.name}", view=None)

    @discord.ui.button(label="Later", custom_id="later")
    async def later(self, interaction: discord.Interaction, button: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="later")

    @discord.ui.button(label="Never", custom_id="never", disabled=True)
    async def never(self, interaction: discord.Interaction, button: discord.ui.Button["Buttons"]) -> None:
        raise AssertionError("a disabled button was pressed")

    @discord.ui.select(custom_id="roles", cls=discord.ui.RoleSelect, max_values=2)
    async def roles(self, interaction: discord.Interaction, select: discord.ui.RoleSelect["Buttons"]) -> None:
        await interaction.response.send_message(str([role.name for role in select.values]), ephemeral=True)


async def test_buttons_and_selects_reach_the_bot(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="menu", description="Shows buttons")
    async def menu(interaction: discord.Interaction) -> None:
        view = Buttons()
        view.add_item(discord.ui.Button(label="Open", url="https://example.org"))
        await interaction.response.send_message("press", view=view, ephemeral=True)

    async with online(bot):
        (reply,) = (await person.says(ADA, "menu"))["replies"]
        seen = [(c.get("label"), c.get("custom_id"), c.get("url"), c.get("disabled", False)) for c in reply["buttons"]]
        assert seen == [
            ("Count", "count", None, False),
            ("Later", "later", None, False),
            ("Never", "never", None, True),
            ("Open", None, "https://example.org", False),
        ]
        chosen = await person.clicks(ADA, reply["message"], "roles", "Pro")
        assert chosen["replies"][0]["content"] == "['Pro']"
        later = await person.clicks(ADA, reply["message"], "later")
        assert later["replies"][0]["content"] == "later"
        bob = {"user": BOB, "message": reply["message"], "custom_id": "count"}
        refused = await person.post("/discord/click", bob, 400)
        assert refused["error"] == "bob does not see that message: only the person it was for can press it."
        refused = await person.post("/discord/click", {**bob, "user": ADA, "custom_id": "never"}, 400)
        assert refused["error"] == "'never' is disabled: nobody can press it."
        pressed = await person.clicks(ADA, reply["message"], "count")
        assert (pressed["replies"][0]["content"], pressed["replies"][0]["components"]) == ("pressed by ada", [])
        gone = await person.post("/discord/click", {**bob, "user": ADA}, 400)
        assert gone["error"] == "That message has no component 'count'; it has: none."


class Form(discord.ui.Modal, title="Your address"):
    email: discord.ui.Label["Form"] = discord.ui.Label(
        text="E-mail", component=discord.ui.TextInput(custom_id="email", min_length=5)
    )
    note: discord.ui.TextInput["Form"] = discord.ui.TextInput(label="Note", custom_id="note", required=False)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        assert isinstance(self.email.component, discord.ui.TextInput)
        await interaction.response.send_message(f"{self.email.component.value} {self.note.value}", ephemeral=True)


async def test_a_form_is_opened_and_sent(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="form", description="Asks")
    async def form(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Form(custom_id="form:1"))

    async with online(bot):
        (reply,) = (await person.says(ADA, "form"))["replies"]
        assert reply["modal"]["title"] == "Your address"
        assert [f["custom_id"] for f in reply["modal"]["fields"]] == ["email", "note"]
        body: dict[str, Any] = {"guild": GUILD, "user": ADA, "custom_id": "form:1", "values": {"email": "a@b"}}
        short = await person.post("/discord/modal", body, 400)
        assert short["error"] == "The field 'email' takes 5 to 4000 characters, not 3."
        body["values"] = {"email": "ada@example.org", "note": "hi"}
        answer = await person.post("/discord/modal", body)
        assert answer["replies"][0]["content"] == "ada@example.org hi"
        again = await person.post("/discord/modal", body, 400)
        assert again["error"] == "ada has no form 'form:1' open; open is: none."


async def test_a_layout_of_the_second_version_is_kept_as_it_is(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="card", description="A card")
    async def card(interaction: discord.Interaction) -> None:
        view = discord.ui.LayoutView()
        box: discord.ui.Container[discord.ui.LayoutView] = discord.ui.Container(accent_colour=0x2ECC71)
        box.add_item(discord.ui.TextDisplay("# Pro"))
        box.add_item(discord.ui.Separator())
        link: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(label="Pay", url="https://example.org")
        box.add_item(discord.ui.Section("5 € a month", accessory=link))
        view.add_item(box)
        await interaction.response.send_message(view=view)

    async with online(bot):
        (reply,) = (await person.says(ADA, "card"))["replies"]
    assert (reply["text"], reply["components_v2"]) == ("# Pro\n5 € a month", True)
    assert [(b["label"], b["url"]) for b in reply["buttons"]] == [("Pay", "https://example.org")]


@pytest.mark.in_a_hurry
async def test_a_first_answer_after_three_seconds_is_refused(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="late", description="Sleeps")
    async def late(interaction: discord.Interaction) -> None:
        await asyncio.sleep(3.1)
        await interaction.response.send_message("too late")

    async with online(bot):
        answer = await person.says(ADA, "late")
        assert answer["replies"] == []
        assert answer["error"].startswith("The application did not respond")

        async def refused() -> bool:
            return bool(bot.raised)

        await eventually(refused)
    (error,) = bot.raised
    assert isinstance(error, discord.NotFound)
    assert error.code == 10062


async def test_an_interaction_is_answered_once_and_its_token_ends(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()
    codes: list[int] = []
    kept: list[discord.Interaction] = []

    @bot.tree.command(name="twice", description="Answers twice")
    async def twice(interaction: discord.Interaction) -> None:
        kept.append(interaction)
        await interaction.response.send_message("once")
        adapter = discord.webhook.async_.async_context.get()
        try:
            await adapter.create_interaction_response(
                interaction.id,
                interaction.token,
                session=interaction._session,
                params=discord.webhook.async_.interaction_message_response_params(type=4, content="again"),
            )
        except discord.HTTPException as error:
            codes.append(error.code)

    async with online(bot):
        await person.says(ADA, "twice")
        assert codes == [40060]
        made: Interaction = sandbox.discord.interactions._by_token[kept[0].token]
        made.began -= TOKEN_S
        with pytest.raises(discord.HTTPException) as caught:
            await kept[0].followup.send("after a quarter of an hour")
        assert (caught.value.status, caught.value.code) == (401, 50027)


@pytest.mark.in_a_hurry
async def test_a_reply_that_discord_would_refuse_is_refused(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()

    @bot.tree.command(name="long", description="Too long")
    async def long(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("x" * 2001)

    async with online(bot):
        answer = await person.says(ADA, "long")
    assert answer["replies"] == []
    (error,) = bot.raised
    assert isinstance(error, discord.HTTPException)
    assert error.code == 50035
    assert "2000 or fewer" in error.text


async def test_a_button_of_a_direct_message_is_pressed_by_its_reader(sandbox: Sandbox, person: Person) -> None:
    bot = Bot()
    async with online(bot):
        ada = await (await bot.fetch_guild(GUILD)).fetch_member(ADA)
        view = Buttons(timeout=None)
        bot.add_view(view)
        await ada.send("your card failed", view=view)
        (message,) = (await person.guild())["direct_messages"][str(ADA)]
        body = {"user": BOB, "message": message["message"], "custom_id": "count"}
        refused = await person.post("/discord/click", body, 400)
        assert refused["error"].startswith("bob does not see that direct message")
        answer = await person.clicks(ADA, message["message"], "count")
    assert answer["replies"][0]["content"] == "pressed by ada"


async def test_without_a_bot_the_person_is_told_so(sandbox: Sandbox, person: Person) -> None:
    refused = await person.post("/discord/command", {"guild": GUILD, "user": ADA, "name": "plans"}, 409)
    assert refused["error"] == "No bot is connected to the gateway: start it, then try again."


async def test_malformed_commands_are_refused_as_discord_does(sandbox: Sandbox) -> None:
    async with online(Bot()) as bot:
        assert bot.application_id is not None
        cases: list[tuple[dict[str, Any], str]] = [
            ({"name": "Plan", "description": "x"}, "APPLICATION_COMMAND_INVALID_NAME"),
            ({"name": "plan", "description": ""}, "BASE_TYPE_BAD_LENGTH"),
            (
                {
                    "name": "plan",
                    "description": "x",
                    "options": [
                        {"type": 3, "name": "a", "description": "x"},
                        {"type": 3, "name": "b", "description": "x", "required": True},
                    ],
                },
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
            ),
        ]
        for wrong, path in cases:
            with pytest.raises(discord.HTTPException) as caught:
                await bot.http.bulk_upsert_global_commands(bot.application_id, payload=[wrong])
            assert caught.value.code == 50035
            assert path in str(caught.value._errors)
        made = await bot.http.bulk_upsert_guild_commands(
            bot.application_id, GUILD, payload=[{"name": "plan", "description": "x"}]
        )
        again = await bot.http.bulk_upsert_guild_commands(
            bot.application_id, GUILD, payload=[{"name": "plan", "description": "x"}]
        )
        assert made == again
        assert PRO in [role.id for role in await (await bot.fetch_guild(GUILD)).fetch_roles()]

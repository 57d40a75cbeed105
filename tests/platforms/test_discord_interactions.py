"""Commands, buttons and forms on Discord, driven by people in the sandbox over the real wire."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.commands import catalog, dispatch
from bot.commands.model import (
    About,
    Action,
    Choice,
    Command,
    Form,
    FormField,
    MemberValue,
    Option,
    OptionKind,
    Reply,
    Request,
    RoleValue,
)
from bot.platforms.discord import interactions
from bot.platforms.discord.interactions import Dispatcher
from bot.platforms.discord.tree import payload
from bot.texts import CATALOGS, language, say
from payments.core.community import Identity, Place, Platform
from payments.core.rights import Rank
from payments.flows.runtime.context import AppContext
from payments.ports.chat import ActionButton, LinkButton
from payments.ports.stores import StoreUnavailable
from sandbox.discord.interactions import FIRST_ANSWER_S
from sandbox.discord.state import Snowflake
from sandbox.refused import Refused
from sandbox.server import Sandbox
from tests.platforms.discord_stage import ADA, BOB, GUILD, OWNER, PRO, SEED, Bot, running, start, until

FRUIT = ("apple", "apricot", "banana")


async def complete_fruit(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    return tuple(Choice(name.title(), name) for name in FRUIT if name.startswith(typed))


async def echo(app: AppContext, request: Request) -> Reply:
    shown = ", ".join(f"{name}={value!r}" for name, value in sorted(request.options.items()))
    return Reply(f"{request.name} ({request.locale}, standing={request.standing.name}): {shown}")


async def eat(app: AppContext, request: Request) -> Reply:
    button = ActionButton("Spit out", "spit:apple", danger=True)
    return Reply(f"You ate an **{request.options['fruit']}**", (button, LinkButton("Shop", "https://shop.example/")))


async def spit(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    return Reply(f"{request.name} spat out: {', '.join(arguments)}")


ASK = Form("Your address", "saved:7", (FormField("email", "E-mail", "you@example.com"),))


async def ask(app: AppContext, request: Request) -> Reply:
    return Reply("", form=ASK)


async def ask_again(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    return Reply("", form=ASK)


async def saved(app: AppContext, request: Request, arguments: tuple[str, ...]) -> Reply:
    return Reply(f"Saved {request.options['email']} for {arguments[0]}", (ActionButton("Change", "change"),))


async def broken(app: AppContext, request: Request) -> Reply:
    raise RuntimeError("a bug")


async def chatty(app: AppContext, request: Request) -> Reply:
    return Reply("word " * 700, (LinkButton("Pay", "https://pay.example/" + "x" * 600),))


async def slow(app: AppContext, request: Request) -> Reply:
    await asyncio.sleep(1.5)
    return Reply("At last")


HELD: list[asyncio.Event] = []


async def held(app: AppContext, request: Request) -> Reply:
    await HELD[-1].wait()
    return Reply("At last")


async def slow_form(app: AppContext, request: Request) -> Reply:
    await asyncio.sleep(1.5)
    return Reply("", form=ASK)


async def no_form(app: AppContext, request: Request) -> Reply:
    return Reply("No form today", (ActionButton("Change", "change"),))


async def confused(app: AppContext, request: Request, typed: str) -> tuple[Choice, ...]:
    raise RuntimeError("a bug in the choices")


command = partial(Command, about=About.NO_PLACE)

COMMANDS = (
    command(
        "echo",
        "Say it again",
        echo,
        (
            Option("text", "Words", OptionKind.TEXT),
            Option("number", "A number", OptionKind.INTEGER, required=True, minimum=1, maximum=9),
            Option("loud", "Aloud", OptionKind.BOOLEAN),
            Option("who", "Somebody", OptionKind.MEMBER),
            Option("role", "A role", OptionKind.ROLE),
            Option("pick", "One of", OptionKind.CHOICE, choices=(Choice("First", "1"), Choice("Second", "2"))),
        ),
    ),
    command("eat", "Eat", eat, (Option("fruit", "Which", OptionKind.TEXT, required=True, complete=complete_fruit),)),
    command("plan create", "Make a plan", echo, (Option("name", "Its name", OptionKind.TEXT),), Rank.MANAGER),
    command("plan list", "All plans", echo, rank=Rank.MANAGER),
    command("ask", "Open a form", ask, form_first=True),
    command("slowform", "Open a form, slowly", slow_form, form_first=True),
    command("broken", "Fail", broken),
    command("chatty", "Say much", chatty),
    command("slow", "Take long", slow),
    command("held", "Wait until the test lets go", held),
    command("noform", "Open no form", no_form, form_first=True),
    command("confuse", "Offer", echo, (Option("what", "What", OptionKind.TEXT, complete=confused),)),
)
ACTIONS = (Action("spit", spit), Action("saved", saved), Action("change", ask_again, opens_form=True))


class Catalog:
    """A dispatcher over the catalog above, that lets errors through: the adapter has to stand them."""

    async def command(self, app: AppContext, request: Request, /) -> Reply:
        return await next(c for c in COMMANDS if c.name == request.command).handler(app, request)

    async def press(self, app: AppContext, action: str, request: Request, /) -> Reply:
        name, *arguments = action.split(":")
        return await next(a for a in ACTIONS if a.name == name).handler(app, request, tuple(arguments))

    async def complete(self, app: AppContext, request: Request, option: str, typed: str, /) -> tuple[Choice, ...]:
        found = next(o for c in COMMANDS if c.name == request.command for o in c.options if o.name == option)
        return () if found.complete is None else await found.complete(app, request, typed)


class Untouched:
    """Stands where an engine is handed through; these commands need none, and it has no database."""

    @property
    def store(self) -> Any:
        raise StoreUnavailable("there is no database in this test")


def app() -> Any:
    return Untouched()


@pytest.fixture
async def bot(caplog: pytest.LogCaptureFixture) -> Any:
    dispatcher: Dispatcher = Catalog()
    async with running(dispatcher=dispatcher, commands=COMMANDS, actions=ACTIONS, app=app) as started:
        yield started


async def at_last(bot: Bot, answer: dict[str, Any]) -> str:
    """What stands at last where one was first asked to wait."""
    reply = only(answer)
    soon = {say(language, "reply.soon") for language in CATALOGS}
    assert reply["content"] in soon
    message = bot.sandbox.discord.people.world.messages[Snowflake(int(reply["id"]))]
    await until(lambda: message.content not in soon)
    return str(message.content)


def only(answer: dict[str, Any]) -> dict[str, Any]:
    assert "error" not in answer, answer
    (reply,) = answer["replies"]
    assert isinstance(reply, dict)
    return reply


async def test_a_member_types_a_command_and_is_answered_privately(bot: Bot) -> None:
    reply = only(await bot.type(ADA, "echo", number=3, text="hi"))
    assert reply["content"] == "Ada (de, standing=MEMBER): number=3, text='hi'"
    assert reply["ephemeral"]


async def test_options_come_as_what_they_are(bot: Bot) -> None:
    reply = only(await bot.type(BOB, "echo", number=1, loud=True, who=ADA, role=PRO, pick="Second"))
    assert repr(MemberValue(ADA, "Ada")) in reply["content"]
    assert repr(RoleValue(PRO, "Pro", managed=False, everyone=False)) in reply["content"]
    assert "loud=True" in reply["content"]
    assert "pick='2'" in reply["content"]


async def test_the_everyone_role_is_known_as_such(bot: Bot) -> None:
    assert "everyone=True" in only(await bot.type(BOB, "echo", number=1, role=GUILD))["content"]


async def test_who_may_manage_the_server_is_an_admin(bot: Bot) -> None:
    assert "standing=OWNER" in only(await bot.type(OWNER, "plan create", name="Pro"))["content"]


async def test_admin_commands_are_not_offered_to_members(bot: Bot) -> None:
    with pytest.raises(Refused, match="does not offer"):
        await bot.type(ADA, "plan list")


async def test_a_number_out_of_bounds_is_refused_by_discord_itself(bot: Bot) -> None:
    with pytest.raises(Refused, match="from 1 to 9"):
        await bot.type(ADA, "echo", number=10)


async def test_choices_are_offered_while_a_word_is_typed(bot: Bot) -> None:
    assert [c["value"] for c in await bot.offered(ADA, "eat", "fruit", fruit="ap")] == ["apple", "apricot"]


async def test_choices_that_fail_are_none(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    assert await bot.offered(ADA, "confuse", "what", what="a") == []
    assert "a bug in the choices" in caplog.text


async def test_a_button_is_pressed(bot: Bot) -> None:
    reply = only(await bot.type(ADA, "eat", fruit="apple"))
    assert reply["content"] == "You ate an **apple**"
    assert [c.get("custom_id") or c["url"] for c in reply["components"]] == ["gl:spit:apple", "https://shop.example/"]
    pressed = only(await bot.press(ADA, reply, "gl:spit:apple"))
    assert pressed["content"] == "Ada spat out: apple"
    assert pressed["ephemeral"]


async def test_a_button_works_after_a_restart(bot: Bot) -> None:
    reply = only(await bot.type(ADA, "eat", fruit="apple"))
    await bot.stop()
    again = start(bot.sandbox, dispatcher=Catalog(), commands=COMMANDS, actions=ACTIONS, app=app)
    await again.connected()
    try:
        assert only(await again.press(ADA, reply, "gl:spit:apple"))["content"] == "Ada spat out: apple"
    finally:
        await again.stop()


async def test_a_form_is_opened_filled_in_and_opened_again(bot: Bot) -> None:
    form = only(await bot.type(ADA, "ask"))["modal"]
    assert form["custom_id"] == "gl:saved:7"
    reply = only(await bot.send_form(ADA, "gl:saved:7", email="ada@example.com"))
    assert reply["content"] == "Saved ada@example.com for 7"
    assert only(await bot.press(ADA, reply, "gl:change"))["modal"]["title"] == "Your address"


async def test_where_a_form_is_expected_a_text_is_fine_too(bot: Bot) -> None:
    reply = only(await bot.type(ADA, "noform"))
    assert reply["content"] == "No form today"
    assert reply["ephemeral"]


async def test_a_form_that_came_too_late_for_discord_becomes_an_answer(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "FORM_S", 0.2)
    monkeypatch.setattr(interactions, "SOON_S", 0.2)
    assert (await at_last(bot, await bot.type(BOB, "slowform"))).startswith("This is taking longer than it should")


async def test_who_waits_reads_soon_that_it_takes_a_moment_and_then_the_answer(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "SOON_S", 0.2)
    assert await at_last(bot, await bot.type(ADA, "slow")) == "At last"


@pytest.mark.in_a_hurry
def test_every_first_word_is_due_before_discord_gives_us_up() -> None:
    assert max(interactions.SOON_S, interactions.FORM_S, interactions.COMPLETE_S) <= FIRST_ANSWER_S - 0.5
    assert dispatch.COMPLETE_SECONDS_MAX < interactions.COMPLETE_S


async def test_one_person_takes_a_bounded_share_of_the_places(bot: Bot) -> None:
    """Beyond it they are asked to try again; somebody else is answered beside them."""
    HELD.append(asyncio.Event())
    asked = [asyncio.create_task(bot.type(ADA, "held")) for _ in range(interactions.EACH_MAX)]
    await until(lambda: sum(bot.platform._interactions._under_way.values()) == interactions.EACH_MAX, 60)
    often = say("de", "error.often", n=interactions.OFTEN_S)
    assert only(await bot.type(ADA, "echo", number=3))["content"] == often
    assert await bot.offered(ADA, "eat", "fruit", fruit="ap") == []
    assert only(await bot.type(BOB, "echo", number=3))["content"].startswith("bob")
    assert len(await bot.offered(BOB, "eat", "fruit", fruit="ap")) == 2
    HELD.pop().set()
    await asyncio.gather(*asked)
    assert only(await bot.type(ADA, "echo", number=3))["content"].startswith("Ada")


async def test_a_bug_becomes_a_friendly_answer_with_a_number_for_the_log(
    bot: Bot, caplog: pytest.LogCaptureFixture
) -> None:
    content = only(await bot.type(BOB, "broken"))["content"]
    assert content.startswith("Something went wrong on my side")
    assert "a bug" not in content
    incident = content.rsplit(" ", 1)[1]
    assert any(incident in record.getMessage() for record in caplog.records)


async def test_a_database_that_is_away_is_an_answer_too(caplog: pytest.LogCaptureFixture) -> None:
    class Away(Catalog):
        async def command(self, app: AppContext, request: Request, /) -> Reply:
            raise StoreUnavailable("disk full")

    async with running(dispatcher=Away(), commands=COMMANDS, actions=ACTIONS, app=app) as away:
        assert "disk full" not in only(await away.type(BOB, "slow"))["content"]


async def test_what_is_too_long_for_a_message_or_a_button_still_arrives(bot: Bot) -> None:
    reply = only(await bot.type(ADA, "chatty"))
    assert reply["text"].endswith("[Pay](<https://pay.example/" + "x" * 600 + ">)")


async def test_a_reply_arrives_though_discord_fails_for_a_moment(bot: Bot) -> None:
    bot.sandbox.faults.add({"service": "discord", "method": "PATCH", "path": "/webhooks/*", "status": 503, "times": 1})
    assert "number=2" in only(await bot.type(ADA, "echo", number=2))["content"]


async def test_a_reply_arrives_though_the_connection_breaks(bot: Bot) -> None:
    for method, path in (("POST", "/interactions/*"), ("PATCH", "/webhooks/*")):
        bot.sandbox.faults.add({"service": "discord", "method": method, "path": path, "drop": True, "times": 1})
    assert "number=2" in only(await bot.type(ADA, "echo", number=2))["content"]


@pytest.mark.in_a_hurry
async def test_an_interaction_that_discord_gave_up_is_not_worked_on(bot: Bot, caplog: pytest.LogCaptureFixture) -> None:
    body = {"code": 10062, "message": "Unknown interaction"}
    bot.sandbox.faults.add(
        {"service": "discord", "method": "POST", "path": "/interactions/*", "status": 404, "body": body}
    )
    answer = await bot.type(ADA, "slow")
    assert answer["replies"] == []
    assert "could not be answered" in caplog.text


async def test_a_handler_that_never_ends_is_ended(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interactions, "HANDLER_S", 0.2)
    assert only(await bot.type(BOB, "slow"))["content"].startswith("This is taking longer than it should")


async def test_commands_that_discord_refuses_do_not_stop_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    wrong = (command("Not A Name!", "Wrong", echo),)
    async with running(dispatcher=Catalog(), commands=wrong, app=app) as bot:
        assert bot.platform.ready
        assert "the commands were refused" in caplog.text


async def test_nobody_is_pinged_by_what_a_reply_repeats(tmp_path: Path) -> None:
    har = tmp_path / "traffic.har"
    how: dict[str, Any] = {"dispatcher": Catalog(), "commands": COMMANDS, "actions": ACTIONS, "app": app}
    async with running(har=har, **how) as bot:
        only(await bot.type(ADA, "echo", number=1, text="@everyone"))
    requests = [entry["request"] for entry in json.loads(har.read_text())["log"]["entries"]]
    bodies = [json.loads(r["postData"]["text"]) for r in requests if r["method"] == "PATCH"]
    assert [body["allowed_mentions"] for body in bodies] == [{"parse": []}]
    assert "@everyone" in bodies[0]["content"]


async def test_a_command_in_the_server_names_the_place(bot: Bot) -> None:
    seen: list[Request] = []

    class Watching(Catalog):
        async def command(self, app: AppContext, request: Request, /) -> Reply:
            seen.append(request)
            return Reply("ok")

    await bot.stop()
    other = start(bot.sandbox, dispatcher=Watching(), commands=COMMANDS, actions=ACTIONS, app=app)
    await other.connected()
    try:
        only(await other.type(ADA, "slow"))
        (request,) = seen
        assert request.place == Place(Platform.DISCORD, GUILD)
        assert request.place_name == "Chess club"
        assert request.identity == Identity(Platform.DISCORD, ADA)
    finally:
        await other.stop()


# -- the connection ----------------------------------------------------------------------------------------------------


async def test_after_the_gateway_was_cut_the_session_goes_on_and_nothing_is_missed(bot: Bot) -> None:
    gateway = bot.sandbox.discord.gateway
    await bot.sandbox.discord.gateway_control({"action": "reconnect"})
    await until(lambda: gateway.resumed >= 1 and bot.platform.ready)
    assert gateway.identified == 1
    assert "number=2" in only(await bot.type(ADA, "echo", number=2))["content"]


async def test_a_session_that_is_lost_is_replaced(bot: Bot) -> None:
    await bot.sandbox.discord.gateway_control({"action": "close", "code": 4004})
    await until(lambda: bot.sandbox.discord.gateway.identified >= 2 and bot.platform.ready, 30)
    assert "number=2" in only(await bot.type(ADA, "echo", number=2))["content"]


async def test_a_bot_whose_first_connect_is_refused_connects_later() -> None:
    async with Sandbox.running() as sandbox:
        sandbox.discord.seed(SEED)
        await sandbox.discord.gateway_control({"action": "refuse"})
        refused = start(sandbox, dispatcher=Catalog(), commands=COMMANDS, actions=ACTIONS, app=app)
        try:
            await asyncio.sleep(0.5)
            assert not refused.platform.ready
            await sandbox.discord.gateway_control({"action": "accept"})
            await refused.connected(60)
            assert "number=2" in only(await refused.type(ADA, "echo", number=2))["content"]
        finally:
            await refused.stop()


async def test_a_switched_off_members_intent_is_said_clearly_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seed = {**SEED, "application": {**SEED["application"], "intents": []}}
    async with Sandbox.running() as sandbox:
        sandbox.discord.seed(seed)
        without = start(sandbox)
        try:
            await until(lambda: "Server Members Intent" in caplog.text)
            assert not without.platform.ready
            assert not without.task.done()
        finally:
            await without.stop()


async def test_a_wrong_token_is_said_clearly_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    async with Sandbox.running() as sandbox:
        sandbox.discord.seed(SEED)
        wrong = start(sandbox, token="very-secret-wrong-token")
        try:
            await until(lambda: "the token was refused" in caplog.text)
            assert "very-secret" not in caplog.text
            assert not wrong.task.done()
        finally:
            await wrong.stop()


async def test_closing_ends_within_a_moment_though_discord_is_away() -> None:
    async with Sandbox.running() as sandbox:
        sandbox.faults.add({"service": "discord", "status": 503, "times": 0})
        away = start(sandbox)
        await asyncio.sleep(0.3)
        async with asyncio.timeout(60):
            await away.stop()


async def test_an_answer_that_discord_does_not_take_becomes_a_plain_one(bot: Bot) -> None:
    bot.sandbox.faults.add({"service": "discord", "method": "PATCH", "path": "/webhooks/*", "status": 400, "times": 1})
    assert "Something went wrong on my side" in only(await bot.type(BOB, "echo", number=2))["content"]


async def test_who_waits_for_an_answer_while_the_bot_stops_still_gets_it(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "SOON_S", 0.2)
    monkeypatch.setattr(interactions, "FINISH_S", 60.0)
    asked = asyncio.create_task(bot.type(ADA, "slow"))
    await asyncio.sleep(0.5)
    await bot.stop()
    assert await at_last(bot, await asked) == "At last"


async def test_who_would_wait_too_long_while_the_bot_stops_is_told_to_ask_again(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interactions, "FINISH_S", 0.1)
    asked = asyncio.create_task(bot.type(BOB, "slow"))
    await asyncio.sleep(0.5)
    await bot.stop()
    assert "I am restarting right now" in only(await asked)["content"]


def test_descriptions_and_choices_are_registered_in_every_language() -> None:
    made = {command["name"]: command for command in payload(catalog.COMMANDS)}
    assert made["plans"]["description_localizations"]["de"] == "Was du hier kaufen kannst"
    assert {language(locale) for locale in made["plans"]["description_localizations"]} == set(CATALOGS) - {"en"}
    create = next(sub for sub in made["plan"]["options"] if sub["name"] == "create")
    assert create["description_localizations"]["de"].startswith("Ein Angebot anlegen")
    period = next(option for option in create["options"] if option["name"] == "period")
    assert period["description_localizations"]["de"].startswith("Wie oft")
    assert period["choices"][0]["name_localizations"]["de"] == "alle … Tage"

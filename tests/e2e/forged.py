"""What a Discord client would not send, but something that speaks Discord's protocol could."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

from sandbox.discord import commands, messages
from sandbox.discord.commands import INTEGER, STRING, Typing
from sandbox.discord.interactions import COMMAND, COMPONENT
from sandbox.play import Received, eventually
from tests.e2e.world import GUILD, World

PREFIX = "gl:"
BUTTON = 2
_numbers = itertools.count(1)


class Loose(Typing):
    """Takes any text and any number for an option, whatever its choices and bounds are."""

    def _value(self, option: dict[str, Any], value: Any) -> Any:
        return value if option["type"] in (STRING, INTEGER) else super()._value(option, value)


async def press(w: World, user: str, action: str, *, private: bool = False, server: str = GUILD) -> Received:
    """A press on a button with this action, whether or not such a button was ever shown to them."""
    people = w.sandbox.discord.people
    where = {"user": user, "dm": True} if private else {"user": user, "guild": server}
    who = people.user(where)
    guild, channel = people.place(where, who)
    body = {"custom_id": PREFIX + action, "component_type": BUTTON, "id": 1}
    under = messages.new(people.world, channel, guild)  # a message of the bot, which has no such button
    done = people.interactions.begin(COMPONENT, who, guild, channel, body, message=under)
    return heard(await people._outcome(done, {}))


async def typed(
    w: World, user: str, name: str, options: Mapping[str, object], *, private: bool = False, server: str = GUILD
) -> Received:
    """A command whose options break the bounds that Discord was told, or which it does not offer in private."""
    people = w.sandbox.discord.people
    where = {"user": user, "dm": True} if private else {"user": user, "guild": server}
    who = people.user(where)
    guild, channel = people.place(where, who)
    command, path, wanted = commands.find(people.world, people.guild(server), name)
    typing = Loose(people.world, guild)
    given = typing.options(wanted, dict(options))
    for depth, word in enumerate(reversed(path)):
        given = [{"name": word, "type": commands.SUB if depth == 0 else commands.GROUP, "options": given}]
    body = {"id": command["id"], "name": command["name"], "type": 1, "options": given, "resolved": typing.resolved}
    done = people.interactions.begin(COMMAND, who, guild, channel, body, command_name=name)
    return heard(await people._outcome(done, {}))


async def press_on_telegram(w: World, user: int, action: str) -> list[str]:
    """A press on a button of one's own private chat with this action, whether or not there ever was one.

    Answers what the bot wrote to them because of it.
    """
    before = len(await w.play.telegram.private_messages(user))
    who = {"id": user, "is_bot": False, "first_name": "Somebody"}
    message = {
        "message_id": 1,
        "date": 1,
        "chat": {"id": user, "type": "private", "first_name": "Somebody"},
        "from": who,
    }
    query = {"id": f"{next(_numbers)}", "from": who, "message": message, "chat_instance": "1", "data": action}
    assert w.sandbox.telegram.updates.add("callback_query", query)
    await w.quiet()
    assert await eventually(lambda: asyncio.sleep(0, not w.sandbox.telegram.updates.pending))
    await w.quiet()
    return [one.text for one in (await w.play.telegram.private_messages(user))[before:]]


def heard(outcome: Mapping[str, Any]) -> Received:
    """The last reply, or nothing."""
    replies = outcome["replies"]
    if not replies:
        return Received(text="")
    last = replies[-1]
    buttons = {item["label"]: item.get("url") or item["custom_id"] for item in last.get("buttons") or []}
    return Received(last.get("text") or "", buttons, last.get("id"), last.get("modal"))

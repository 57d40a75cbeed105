"""What people write to each other in a server's channels: no command, and nobody answers it."""

from __future__ import annotations

import time
from typing import Any

from sandbox.discord import permissions, wire
from sandbox.discord.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from sandbox.discord.people import People
from sandbox.discord.state import Channel, Guild, Json, Member, Message, World
from sandbox.refused import Refused

TEXT_MAX = 2_000


class Chatting:
    """The control by which a person writes."""

    def __init__(self, world: World, gateway: Gateway, people: People) -> None:
        self._world = world
        self._gateway = gateway
        self._people = people

    def message(self, data: Json) -> Json:
        """A person writes in a channel, or to the bot. Answers the message. Raises Refused when she may not."""
        user = self._people.user(data)
        guild, channel = self._people.place(data, user)
        text = data.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused('Say what is written: give "text" a text.')
        if len(text) > TEXT_MAX:
            raise Refused(f"A message has at most {TEXT_MAX} characters: give a shorter text.")
        if guild is not None:
            _check(guild, guild.members[user.id], channel)
        message = Message(
            self._world.ids.next(),
            channel.id,
            None if guild is None else guild.id,
            user,
            text.strip(),
            timestamp=time.time(),
        )
        self._world.keep(message)
        self._tell(message, guild)
        return {"replies": [], **wire.view(message)}

    def _tell(self, message: Message, guild: Guild | None) -> None:
        """Bots that listen to messages hear of it; what it says, only with the privileged intent."""
        body: dict[str, Any] = wire.message(message, self._world)
        if guild is None:
            self._gateway.dispatch("MESSAGE_CREATE", body, intent=DIRECT_MESSAGES)
            return
        body |= {"guild_id": str(guild.id), "member": wire.member(guild.members[message.author.id], with_user=False)}
        if "message_content" not in self._world.application.intents:
            body["content"] = ""
        self._gateway.dispatch("MESSAGE_CREATE", body, guild.id, intent=GUILD_MESSAGES)


def _check(guild: Guild, member: Member, channel: Channel) -> None:
    needed = permissions.VIEW_CHANNEL | permissions.SEND_MESSAGES
    if permissions.of_member(guild, member, channel) & needed != needed:
        raise Refused(f"{member.user.name} may not write in #{channel.name}: give her that right.", 403)

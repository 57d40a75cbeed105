"""People: they type commands, press buttons, fill in forms, come and go; moderators give and take roles."""

from __future__ import annotations

import asyncio
from typing import Any

from sandbox.discord import commands, permissions, seed, wire
from sandbox.discord.commands import Typing, find_role, find_user
from sandbox.discord.gateway import Gateway
from sandbox.discord.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    FIRST_ANSWER_S,
    MODAL_SUBMIT,
    Interaction,
    Interactions,
    modal_fields,
)
from sandbox.discord.membership import Membership
from sandbox.discord.state import TEXT, Channel, Guild, Json, Message, Snowflake, User, World
from sandbox.refused import Refused, only

WAIT_S = 5.0
WAIT_MAX_S = 60.0
QUIET_S = 0.03
SERVER_ACTIONS = ("demand_2fa", "end_2fa", "screen", "end_screening", "outage", "end_outage", "delete")


class People:
    """What persons do, each verb one control request; all raise Refused when it can't be done."""

    def __init__(self, world: World, gateway: Gateway, interactions: Interactions, life: Membership) -> None:
        self.world = world
        self.gateway = gateway
        self.interactions = interactions
        self.life = life

    # -- finding ------------------------------------------------------------------------------------------
    def guild(self, value: Any) -> Guild:
        """A guild by id or name; without a value the only one there is."""
        guilds = list(self.world.guilds.values())
        if value is None:
            if len(guilds) == 1:
                return guilds[0]
            raise Refused('Say which server: give "guild" its id.')
        found = next((g for g in guilds if str(value) in (str(g.id), g.name)), None)
        if found is None:
            names = ", ".join(f"{g.id} ({g.name})" for g in guilds) or "none: seed one first"
            raise Refused(f"There is no guild {value!r}; there are: {names}.")
        return found

    def user(self, data: Json) -> User:
        """The acting person."""
        if data.get("user") is None:
            raise Refused('Say who acts: give "user" an id or a name.')
        return find_user(self.world, data["user"])

    def place(self, data: Json, user: User) -> tuple[Guild | None, Channel]:
        """Where she acts: a channel of a server (its first text channel, if none is named), or her direct one."""
        if data.get("dm"):
            return None, self.world.dm_with(user)
        guild = self.guild(data.get("guild"))
        if user.id not in guild.members:
            raise Refused(f"{user.name} is not a member of {guild.name}: let her join first.")
        return guild, self._channel(guild, data.get("channel"))

    @staticmethod
    def _channel(guild: Guild, value: Any) -> Channel:
        texts = [c for c in guild.channels.values() if c.type == TEXT]
        found = next((c for c in texts if value is None or str(value).lstrip("#") in (str(c.id), c.name)), None)
        if found is None:
            raise Refused(f"There is no such text channel in {guild.name}; there are: {[c.name for c in texts]}.")
        return found

    def _require_bot(self) -> None:
        if not self.gateway.expected:
            raise Refused("No bot is connected to the gateway: start it, then try again.", 409)

    # -- acting ---------------------------------------------------------------------------------------------
    async def command(self, data: Json) -> Json:
        """A slash command. Answers the replies once there is a final one."""
        user, item = self._typed(data, focused=None)
        name = str(data.get("name", "")).strip().lstrip("/")
        done = self.interactions.begin(COMMAND, user, *item, command_name=name)
        return await self._outcome(done, data)

    async def autocomplete(self, data: Json) -> Json:
        """What Discord offers while a person types an option. Answers the choices."""
        focused = data.get("focused")
        if not isinstance(focused, str):
            raise Refused('Say which option is being typed: give "focused" its name.')
        user, item = self._typed(data, focused=focused)
        done = self.interactions.begin(AUTOCOMPLETE, user, *item)
        answer = await self._outcome(done, data)
        if done.choices is None:
            return {"choices": [], "error": answer.get("error", "The bot offered nothing.")}
        return {"choices": done.choices}

    def _typed(self, data: Json, focused: str | None) -> tuple[User, tuple[Guild | None, Channel, Json]]:
        self._require_bot()
        user = self.user(data)
        guild, channel = self.place(data, user)
        if not isinstance(data.get("name"), str):
            raise Refused('Say which command: give "name", such as "plan create".')
        command, path, wanted = commands.find(self.world, guild, data["name"])
        if guild is None:
            commands.check_private(self.world, user)
        else:
            commands.check_offered(self.world, guild, guild.members[user.id], channel, command)
        given = data.get("options") or {}
        if not isinstance(given, dict):
            raise Refused('"options" is an object of option names and values: give it as {...}.')
        typing = Typing(self.world, guild)
        options = typing.options(wanted, given, focused=focused)
        for depth, name in enumerate(reversed(path)):
            options = [{"name": name, "type": commands.SUB if depth == 0 else commands.GROUP, "options": options}]
        body: Json = {"id": command["id"], "name": command["name"], "type": command["type"], "options": options}
        if typing.resolved:
            body["resolved"] = typing.resolved
        if "guild_id" in command:
            body["guild_id"] = command["guild_id"]
        return user, (guild, channel, body)

    async def click(self, data: Json) -> Json:
        """A button or a select of a message. Answers the replies."""
        self._require_bot()
        user = self.user(data)
        message = self._seen(data.get("message"), user)
        wanted = data.get("custom_id")
        pressable = [c for c in wire.walk(message.components) if c.get("custom_id")]
        component = next((c for c in pressable if c["custom_id"] == wanted), None)
        if component is None:
            there = ", ".join(c["custom_id"] for c in pressable) or "none"
            raise Refused(f"That message has no component {wanted!r}; it has: {there}.")
        if component.get("disabled"):
            raise Refused(f"{wanted!r} is disabled: nobody can press it.")
        guild = None if message.guild_id is None else self.world.guilds[message.guild_id]
        channel = self.world.channel(message.channel_id)
        if channel is None:
            raise Refused("The channel of that message is gone: use a newer message.")
        typing = Typing(self.world, guild)
        body: Json = {"custom_id": wanted, "component_type": component["type"], "id": component.get("id") or 1}
        if component["type"] != 2:
            body["values"] = _selected(component, data.get("values"), typing)
            if typing.resolved:
                body["resolved"] = typing.resolved
        done = self.interactions.begin(COMPONENT, user, guild, channel, body, message)
        return await self._outcome(done, data)

    def _seen(self, value: Any, user: User) -> Message:
        text = str(value)
        message = self.world.messages.get(Snowflake(int(text))) if text.isdigit() else None
        if message is None:
            raise Refused(f"There is no message {value!r}: use the id from a reply, or from the guild's messages.")
        if message.visible_to is not None and message.visible_to != user.id:
            raise Refused(f"{user.name} does not see that message: only the person it was for can press it.")
        if message.guild_id is not None and user.id not in self.world.guilds[message.guild_id].members:
            raise Refused(f"{user.name} is not a member of that server: let her join first.")
        channel = self.world.channel(message.channel_id)
        if message.guild_id is None and (channel is None or channel.recipient != user.id):
            raise Refused(f"{user.name} does not see that direct message: its recipient can press it.")
        return message

    async def modal(self, data: Json) -> Json:
        """Sends a form that the bot opened for this person. Answers the replies."""
        self._require_bot()
        user = self.user(data)
        custom_id = str(data.get("custom_id", ""))
        opened = self.interactions.modals.get((user.id, custom_id))
        if opened is None or opened.modal is None:
            open_now = ", ".join(c for person, c in self.interactions.modals if person == user.id) or "none"
            raise Refused(f"{user.name} has no form {custom_id!r} open; open is: {open_now}.")
        values = data.get("values") or {}
        if not isinstance(values, dict):
            raise Refused('"values" is an object of field ids and texts: give it as {...}.')
        fields = {f["custom_id"]: f for f in modal_fields(opened.modal)}
        for name in values:
            if name not in fields:
                raise Refused(f"The form has no field {name!r}; it has: {', '.join(fields)}.")
        typing = Typing(self.world, opened.guild)
        body: Json = {
            "custom_id": custom_id,
            "components": [_filled(top, values, typing) for top in opened.modal["components"]],
        }
        if typing.resolved:
            body["resolved"] = typing.resolved
        del self.interactions.modals[user.id, custom_id]
        done = self.interactions.begin(MODAL_SUBMIT, user, opened.guild, opened.channel, body, opened.message)
        return await self._outcome(done, data)

    async def _outcome(self, item: Interaction, data: Json) -> Json:
        patience = data.get("wait", WAIT_S)
        if isinstance(patience, bool) or not isinstance(patience, int | float) or not 0 < patience <= WAIT_MAX_S:
            raise Refused(f'"wait" is a number of seconds up to {WAIT_MAX_S:.0f}: give one, or leave it out.')
        while not item.final and item.age < patience and not item.too_late:
            item.changed.clear()
            left = min(patience, FIRST_ANSWER_S if item.answered is None else patience) - item.age
            try:
                await asyncio.wait_for(item.changed.wait(), max(left, 0.0) + 0.01)
            except TimeoutError:
                continue
        if not item.final:
            return {"replies": [], "error": _silence(item, patience)}
        item.changed.clear()
        for _ in range(20):  # follow-ups that come at once belong to the answer
            try:
                await asyncio.wait_for(item.changed.wait(), QUIET_S)
            except TimeoutError:
                break
            item.changed.clear()
        replies: list[Json] = [{**wire.view(message), "modal": None} for message in item.replies]
        if item.modal is not None:
            replies.append(_modal_reply(item.modal))
        return {"replies": replies}

    # -- coming, going, moderating ------------------------------------------------------------------------------
    def member(self, data: Json) -> Json:
        """join, leave, ban, unban, block_dms, allow_dms, accept_rules."""
        guild, user, action = self.guild(data.get("guild")), self.user(data), data.get("action")
        inside = user.id in guild.members
        by, reason = str(data.get("by") or "moderator"), data.get("reason")
        if action == "join":
            if inside or user.id in guild.bans:
                raise Refused(f"{user.name} can't join {guild.name}: she is {'in it' if inside else 'banned'} already.")
            member = self.life.join(guild, user, by=user.name)
            for role in data.get("roles") or []:
                found = guild.roles[find_role(guild, role)]
                self.life.change_role(guild, member, found, give=True, by=by, reason=reason)
            if user.id == self.world.bot.id:
                self.gateway.guild_available(guild)
        elif action == "leave":
            if not inside:
                raise Refused(f"{user.name} is not in {guild.name}: nobody can leave who is not there.")
            self.life.leave(guild, user, action="leave", by=user.name, reason=reason)
        elif action == "ban":
            self.life.ban(guild, user, by=by, reason=reason)
        elif action == "unban":
            if user.id not in guild.bans:
                raise Refused(f"{user.name} is not banned from {guild.name}: there is nothing to lift.")
            self.life.unban(guild, user, by=by, reason=reason)
        elif action in ("block_dms", "allow_dms"):
            user.takes_dms = action == "allow_dms"
        elif action == "accept_rules":
            if not inside or not guild.members[user.id].pending:
                raise Refused(f"{user.name} has no rules to accept in {guild.name}: only a pending member has.")
            self.life.accept_rules(guild, guild.members[user.id])
        else:
            raise Refused('"action" is one of join, leave, ban, unban, block_dms, allow_dms, accept_rules: give one.')
        return self.guild_view(guild)

    def server(self, data: Json) -> Json:
        """demand_2fa, end_2fa, screen, end_screening, outage, end_outage, delete: what becomes of a server."""
        guild, action = self.guild(data.get("guild")), data.get("action")
        if action in ("demand_2fa", "end_2fa"):
            self.life.demand_2fa(guild, demanded=action == "demand_2fa")
        elif action in ("screen", "end_screening"):
            guild.screening = action == "screen"
        elif action in ("outage", "end_outage"):
            if guild.unavailable is (action == "outage"):
                raise Refused(f"{guild.name} is {'away' if guild.unavailable else 'there'} already: nothing changes.")
            self.life.outage(guild, begins=action == "outage")
        elif action == "delete":
            self.life.delete(guild)
        else:
            raise Refused(f'"action" is one of {", ".join(SERVER_ACTIONS)}: give one.')
        return self.guild_view(guild)

    def bot(self, data: Json) -> Json:
        """What Discord and its owner make of the bot: `owner_2fa`, `quarantined`, `dm_opens` (null: any number)."""
        only(data, "owner_2fa", "quarantined", "dm_opens")
        application = self.world.application
        if not isinstance(data.get("dm_opens"), int | None):
            raise Refused('"dm_opens" is how many direct channels may be opened in ten minutes: give a whole number.')
        application.owner_2fa = bool(data.get("owner_2fa", application.owner_2fa))
        application.quarantined = bool(data.get("quarantined", application.quarantined))
        application.dm_opens = data.get("dm_opens", application.dm_opens)
        names = ("owner_2fa", "quarantined", "dm_opens")
        return {name: getattr(application, name) for name in names}

    def role(self, data: Json) -> Json:
        """give, take, create, update, move, delete: a moderator at work."""
        guild, action = self.guild(data.get("guild")), data.get("action")
        by, reason = str(data.get("by") or "moderator"), data.get("reason")
        if action == "create":
            bits = permissions.parse(data.get("permissions", 0))
            color = seed.whole(data.get("color", 0), "color")
            made = self.life.create_role(
                guild, str(data.get("name") or "new role"), permissions=bits, color=color, by=by, reason=reason
            )
            return {"role": seed.role_view(made), **self.guild_view(guild)}
        role = guild.roles[find_role(guild, data.get("role"))]
        if action in ("give", "take"):
            user = self.user(data)
            member = guild.members.get(user.id)
            if member is None:
                raise Refused(f"{user.name} is not in {guild.name}: let her join first.")
            self.life.change_role(guild, member, role, give=action == "give", by=by, reason=reason)
        elif role.id == guild.id and action in ("delete", "move"):
            raise Refused("@everyone can be neither deleted nor moved: name another role.")
        elif action == "delete":
            self.life.delete_role(guild, role, by=by, reason=reason)
        elif action == "move":
            if not isinstance(data.get("position"), int):
                raise Refused('Say where to: give "position", 1 is lowest.')
            self.life.move_role(guild, role, data["position"], by=by)
        elif action == "update":
            role.name = str(data.get("name", role.name))
            role.managed = bool(data.get("managed", role.managed))
            if "permissions" in data:
                role.permissions = permissions.parse(data["permissions"])
            self.life.role_changed(guild, role, by=by, reason=reason)
        else:
            raise Refused('"action" is one of give, take, create, update, move, delete: give one.')
        return self.guild_view(guild)

    # -- looking ----------------------------------------------------------------------------------------------------
    def guild_view(self, guild: Guild) -> Json:
        """All there is to see in a guild: roles, members, bans, log, messages, direct messages."""
        direct: dict[str, list[Json]] = {}
        channels: dict[str, list[Json]] = {}
        for message in self.world.messages.values():
            channel = self.world.channel(message.channel_id)
            if channel is not None and channel.recipient is not None:
                direct.setdefault(str(channel.recipient), []).append(wire.view(message))
            elif message.guild_id == guild.id:
                channels.setdefault(str(message.channel_id), []).append(wire.view(message))
        return {
            **seed.described(self.world, guild),
            "bans": [{"id": str(user_id), "reason": reason} for user_id, reason in guild.bans.items()],
            "log": list(guild.log),
            "messages": channels,
            "direct_messages": direct,
            "bot_connected": self.gateway.connected,
        }


def _silence(item: Interaction, patience: float) -> str:
    if item.answered is None:
        return "The application did not respond: the bot gave no first answer within 3 seconds."
    return f"The bot deferred its answer and gave none within {patience:g} seconds."


def _modal_reply(modal: Json) -> Json:
    fields: list[Json] = []
    for top in modal["components"]:
        inputs = [c for c in wire.walk([top]) if c.get("custom_id") and c["type"] not in (1, 18)]
        fields += [{"label": top.get("label"), **field} for field in inputs]
    told = {"custom_id": modal["custom_id"], "title": modal["title"], "fields": fields}
    return {
        "id": None,
        "message": None,
        "content": "",
        "text": modal["title"],
        "embeds": [],
        "components": [],
        "buttons": [],
        "ephemeral": True,
        "modal": told,
    }


def _selected(component: Json, values: Any, typing: Typing) -> list[str]:
    if not isinstance(values, list):
        raise Refused('A select takes "values": give a list.')
    least, most = component.get("min_values", 1), component.get("max_values", 1)
    if not least <= len(values) <= most:
        raise Refused(f"That select takes {least} to {most} values, not {len(values)}.")
    kind = component["type"]
    if kind == 3:
        offered = [option["value"] for option in component["options"]]
        wrong = [v for v in values if v not in offered]
        if wrong:
            raise Refused(f"That select does not offer {wrong[0]!r}; it offers: {', '.join(offered)}.")
        return list(values)
    if kind == 5:
        return [typing.user(v) for v in values]
    if kind == 6:
        return [typing.role(v) for v in values]
    if kind == 8:
        return [typing.channel(v, component.get("channel_types")) for v in values]
    return [_mentionable(v, typing) for v in values]


def _mentionable(value: Any, typing: Typing) -> str:
    try:
        return typing.role(value)
    except Refused:
        return typing.user(value)


def _filled(top: Json, values: Json, typing: Typing) -> Json:
    """One top-level part of a form with what was typed into it, shaped as it was opened."""
    if top["type"] == 10:
        return {"type": 10, "id": top.get("id") or 1}
    if top["type"] == 18:
        return {"type": 18, "id": top.get("id") or 1, "component": _field(top["component"], values, typing)}
    inside = [_field(child, values, typing) for child in top["components"]]
    return {"type": 1, "id": top.get("id") or 1, "components": inside}


def _field(field: Json, values: Json, typing: Typing) -> Json:
    custom_id = field["custom_id"]
    told: Json = {"type": field["type"], "id": field.get("id") or 1, "custom_id": custom_id}
    value = values.get(custom_id)
    if field["type"] != 4:
        chosen = value if isinstance(value, list) else [] if value is None else [value]
        if not chosen and not field.get("required", True):
            return {**told, "values": []}
        return {**told, "values": _selected(field, chosen, typing)}
    text = str(value if value is not None else field.get("value") or "")
    if not text and field.get("required", True):
        raise Refused(f"The field {custom_id!r} is required: give it a text.")
    least, most = field.get("min_length") or 0, field.get("max_length") or 4000
    if text and not least <= len(text) <= most:
        raise Refused(f"The field {custom_id!r} takes {least} to {most} characters, not {len(text)}.")
    return {**told, "value": text}
